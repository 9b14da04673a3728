//! An HTTP client small enough to show what is on the wire: where chunks end, and whether the last one came.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::FakeUpstream;

/// A response, read to the end of the connection.
pub struct Response {
    pub status: u16,
    head: String,
    /// The chunks of a chunked body, or the whole of any other.
    pub chunks: Vec<Vec<u8>>,
    /// Whether a chunked body ended with its last chunk.
    pub complete: bool,
}

impl Response {
    pub fn bytes(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.bytes()).expect("the body is UTF-8")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes()).expect("the body is JSON")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// Sends a request and keeps the connection open; dropping it is a client that goes.
pub async fn open(
    upstream: &FakeUpstream,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> TcpStream {
    open_at(upstream.address(), method, path, headers, body).await.expect("the upstream listens")
}

/// The same at any address; `None` where nobody listens.
pub async fn open_at(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<TcpStream> {
    let mut socket = TcpStream::connect(address).await.ok()?;
    let mut head =
        format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| *name == "host") {
        head += "host: 127.0.0.1\r\n";
    }
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    socket.write_all(format!("{head}\r\n{body}").as_bytes()).await.expect("the upstream reads");
    Some(socket)
}

/// Sends a request and reads all of the answer.
pub async fn call(
    upstream: &FakeUpstream,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    call_at(upstream.address(), method, path, headers, body).await.expect("the upstream listens")
}

/// The same at any address; `None` where nobody listens.
pub async fn call_at(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<Response> {
    let mut socket = open_at(address, method, path, headers, body).await?;
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).await.expect("the connection ends without an error");
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("the head ends");
    let head = String::from_utf8(bytes[..split].to_vec()).expect("the head is ASCII").to_ascii_lowercase();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
    let body = bytes.split_off(split + 4);
    let (chunks, complete) =
        if head.contains("transfer-encoding: chunked") { dechunk(&body) } else { (vec![body], true) };
    Some(Response { status, head, chunks, complete })
}

fn dechunk(mut rest: &[u8]) -> (Vec<Vec<u8>>, bool) {
    let mut chunks = Vec::new();
    while let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
        let size =
            std::str::from_utf8(&rest[..line]).ok().and_then(|hex| usize::from_str_radix(hex, 16).ok());
        let size = size.expect("a chunk begins with its size");
        if size == 0 {
            return (chunks, true);
        }
        chunks.push(rest[line + 2..line + 2 + size].to_vec());
        rest = &rest[line + 2 + size + 2..];
    }
    (chunks, false)
}
