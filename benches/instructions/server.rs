//! A server that has one answer for each address. It runs in this process, the clients that are counted do not.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use super::Outcome;
use super::task::Task;

/// Listens on a free port; answers the address.
pub(crate) fn start() -> Outcome<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    // Made once: a client that opens a connection is not to wait for it.
    let answers = Arc::new(Task::CALLS.map(answer));
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let answers = Arc::clone(&answers);
            thread::spawn(move || serve(connection, &answers[..]));
        }
    });
    Ok(url)
}

/// Until the client goes, or sends what is not a request.
fn serve(mut connection: TcpStream, answers: &[Vec<u8>]) {
    let Ok(reading) = connection.try_clone() else { return };
    let mut reading = BufReader::new(reading);
    while let Some(body) = request(&mut reading) {
        let index = match &body[..] {
            b"" => 0,
            body if body.windows(5).any(|piece| piece == b"10000") => 2,
            _ => 1,
        };
        if connection.write_all(&answers[index]).is_err() {
            return;
        }
    }
}

/// The body of the next request.
fn request(reading: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reading.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reading.read_exact(&mut body).ok()?;
    Some(body)
}

/// What is answered.
pub(crate) fn body(task: Task) -> String {
    match task.rows() {
        None => row(7),
        Some(rows) => format!("[{}]", (1..=rows).map(row).collect::<Vec<_>>().join(",")),
    }
}

fn answer(task: Task) -> Vec<u8> {
    let body = body(task);
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// A ticket with all columns, of about 480 bytes.
fn row(id: u32) -> String {
    format!(
        r#"{{"ID":{id},"fork":null,"ownergroup":{},"creator":1,"assigneduser":{},"creationdate":1760000000,"lastmodified":1760{id:06},"account":{},"project":null,"visibility":0,"name":"Ticket {id}: the gate of \"yard {}\" does not close","ticketnum":"T-2026-{id:05}","date":1760000000,"duedate":1760{id:06},"status":{},"priority":{},"calculation":0,"description":"Seen on the way round.\nSomebody has to look at the hinge, the motor and the light barrier.","billingitems":null,"procurementitems":null}}"#,
        id % 9 + 1,
        id % 50 + 1,
        id % 700 + 1,
        id % 12,
        id % 10,
        id % 5,
    )
}
