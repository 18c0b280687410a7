//! Where the server is, and HTTP that follows nothing, for what a browser or an operator would do.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// The address of the server that `cargo xtask servers` has started.
pub fn url() -> String {
    std::env::var("SERVER_URL").expect("cargo xtask servers starts the servers")
}

/// The whole answer to a request without a body.
pub fn request(method: &str, target: &str) -> String {
    let url = url();
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Where a browser would be led from this address.
pub fn redirect_of(address: &str) -> String {
    let target = address.strip_prefix(&url()).unwrap_or_else(|| panic!("{address} is elsewhere"));
    let answer = request("GET", target);
    let line = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("location:"));
    line.unwrap_or_else(|| panic!("{answer}")).split_once(':').unwrap().1.trim().to_owned()
}
