//! How much memory a transfer takes, whatever its size. The client is a process of its own, so that nothing else is counted.

use std::process::Command;

use zeyos::{Client, Content};

use super::server::{Connection, Server};
use super::{Zeros, pens};

const URL: &str = "ZEYOS_IT_STREAM_URL";
const PIECE: usize = 64 * 1024;
const LENGTH: u64 = 320 * 1024 * 1024;
const MOST: u64 = 8 * 1024;

/// Takes what comes, sends as much as the path asks for.
fn serve(mut connection: Connection) {
    let piece = vec![0; PIECE];
    while let Some(head) = connection.head() {
        if let Some(length) = head.lines().find_map(|line| line.strip_prefix("content-length: ")) {
            assert!(connection.swallow(length.parse().unwrap()));
            connection.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            continue;
        }
        connection.write(format!("HTTP/1.1 200 OK\r\ncontent-length: {LENGTH}\r\n\r\n").as_bytes());
        for _ in 0..LENGTH / PIECE as u64 {
            if !connection.write(&piece) {
                return;
            }
        }
    }
}

async fn up(client: &Client, length: u64) {
    let content = Content::stream(Zeros::new(length / PIECE as u64, PIECE)).with_length(length);
    pens::written(pens::raw(client, &pens::PICTURE).content(content)).await.unwrap();
}

async fn down(client: &Client, most: u64) -> u64 {
    let mut pieces = pens::picture(client).send_streamed().await.unwrap().into_inner();
    let mut length = 0;
    while let Some(piece) = pieces.next().await {
        length += piece.unwrap().len() as u64;
        if length >= most {
            break;
        }
    }
    length
}

/// The largest resident memory so far, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn three_hundred_megabytes_go_up_and_down_within_eight_of_memory() {
    if let Ok(url) = std::env::var(URL) {
        let client = Client::builder(url).build().unwrap();
        up(&client, 4 * PIECE as u64).await;
        down(&client, 4 * PIECE as u64).await;
        let before = peak();
        up(&client, LENGTH).await;
        assert_eq!(down(&client, u64::MAX).await, LENGTH);
        println!("grown: {}", peak() - before);
        return;
    }
    let server = Server::start(serve);
    let name = "three_hundred_megabytes_go_up_and_down_within_eight_of_memory";
    let module = module_path!().split_once("::").unwrap().1;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("{module}::{name}"), "--nocapture", "--test-threads=1"]).env(URL, server.url());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let grown: u64 = said.lines().find_map(|line| line.split_once("grown: ")).unwrap().1.parse().unwrap();
    println!("the client grew by {grown} KiB for {LENGTH} bytes up and down");
    assert!(grown <= MOST, "{grown} KiB");
}
