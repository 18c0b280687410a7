//! Requests to the emulator past the server that makes faults, and past the client, whose requests are what is tested.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::Outcome;

/// Posts a form and answers the body.
pub(crate) fn post(url: &str, form: &str) -> Outcome<String> {
    let rest = url.strip_prefix("http://").ok_or("no http")?;
    let (host, path) = rest.split_at(rest.find('/').ok_or("no path")?);
    let mut stream = TcpStream::connect(host)?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
        form.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("no body")?;
    Ok(body.to_owned())
}
