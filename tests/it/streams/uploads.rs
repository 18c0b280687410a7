//! Files inside of JSON, in base64: read while they are sent.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeyos::rest::{BinFileContent, DocumentPatch, NewDocument, document};
use zeyos::{Client, Decoding, Id, TokenSet};

use super::server::{Connection, Server};
use crate::auth::support::{emulator, signed_in};
use crate::support::folder::Folder;

const URL: &str = "ZEYOS_IT_UPLOAD_URL";
const FILE: &str = "ZEYOS_IT_UPLOAD_FILE";
const LENGTH: u64 = 40 * 1024 * 1024;
/// In KiB.
const MOST: u64 = 8 * 1024;

#[tokio::test]
async fn a_file_of_the_disk_comes_back_as_it_was() {
    let zeyos = emulator().await;
    let api = signed_in(&zeyos).build().unwrap().api();
    let folder = Folder::new("uploads");
    let path = folder.path().join("drawing.bin");
    let bytes: Vec<u8> = (0..200_000_u32).map(|at| (at * 31 % 253) as u8).collect();
    std::fs::write(&path, &bytes).unwrap();
    let new = NewDocument::new("drawing").binfile(BinFileContent::from_path(&path).unwrap());
    let shown = format!("{:?} {:?}", new, api.create_document(new.clone()).dry_run().unwrap());
    assert!(shown.contains("a stream of 266668 bytes"), "{shown}");
    let created = api.create_document(new).await.unwrap().into_inner();
    let read = api.get_document(created.id).expand(document::BINFILE).await.unwrap().into_inner();
    let content = read.binfile.unwrap().expanded().unwrap().content.clone().unwrap();
    assert_eq!(STANDARD.decode(content).unwrap(), bytes);
}

#[tokio::test]
async fn a_file_that_is_gone_or_has_another_length_fails_the_call() {
    let zeyos = emulator().await;
    let api = signed_in(&zeyos).build().unwrap().api();
    let folder = Folder::new("uploads");
    let path = folder.path().join("drawing.bin");
    std::fs::write(&path, [7; 9000]).unwrap();
    let upload = BinFileContent::from_path(&path).unwrap();
    for length in [8000_usize, 10_000] {
        std::fs::write(&path, vec![7; length]).unwrap();
        let new = NewDocument::new("drawing").binfile(upload.clone());
        let said = format!("{:?}", api.create_document(new).await.unwrap_err());
        assert!(said.contains("12000 bytes that were named"), "{said}");
    }
    std::fs::remove_file(&path).unwrap();
    api.create_document(NewDocument::new("drawing").binfile(upload)).await.unwrap_err();
    assert!(BinFileContent::from_path(&path).is_err());
}

fn serve(mut connection: Connection) {
    while let Some(head) = connection.head() {
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        assert!(connection.swallow(length.parse().unwrap()));
        connection.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 8\r\n\r\n{\"ID\":7}");
    }
}

/// The largest resident memory so far, in KiB.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

#[cfg(target_os = "linux")]
async fn upload(client: &Client, path: &std::path::Path) {
    let patch = DocumentPatch::new().binfile(BinFileContent::from_path(path).unwrap());
    client.api().update_document(Id::new(7), patch).await.unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_inside_of_json_takes_no_memory_of_its_size() {
    if let (Ok(url), Some(file)) = (std::env::var(URL), std::env::var_os(FILE)) {
        let tokens = TokenSet::bearer("t0ken");
        let client = Client::builder(url).token_set(tokens).decoding(Decoding::Tolerant).build().unwrap();
        let small = std::path::Path::new(&file).with_extension("small");
        upload(&client, &small).await;
        let before = peak();
        upload(&client, file.as_ref()).await;
        println!("grown: {}", peak() - before);
        return;
    }
    let (server, folder) = (Server::start(serve), Folder::new("uploads"));
    let path = folder.path().join("drawing.large");
    for (name, length) in [("drawing.large", LENGTH), ("drawing.small", 200_000)] {
        std::fs::File::create(folder.path().join(name)).unwrap().set_len(length).unwrap();
    }
    let module = module_path!().split_once("::").unwrap().1;
    let name = format!("{module}::a_file_inside_of_json_takes_no_memory_of_its_size");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &name, "--nocapture", "--test-threads=1"]).env(URL, server.url()).env(FILE, path);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let grown: u64 = said.lines().find_map(|line| line.split_once("grown: ")).unwrap().1.parse().unwrap();
    assert!(grown <= MOST, "{grown} KiB for {LENGTH} bytes");
}
