//! Raw HTTP/1.1 and a WebSocket.

use std::net::SocketAddr;

use codecraft_core::api::{self, Code, StreamFrame, StreamOpen};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message, client::IntoClientRequest, protocol::frame::coding::CloseCode},
};

use super::soon;

/// An answer as it stood on the wire.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// The body without its chunk borders.
    pub body: Vec<u8>,
    /// False if the connection ended before the body did.
    pub whole: bool,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The code of an error of the proxy itself; header and body have to agree.
    #[track_caller]
    pub fn code(&self) -> Option<Code> {
        let header = self.header("x-codecraft-error")?;
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(api::own_error(&body).and_then(api::code_name), Some(header));
        assert_eq!(self.header("content-type"), Some("application/json"));
        Some(Code::named(header))
    }

    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let rest = bytes.get(end + 4..).unwrap_or_default();
        let mut answer = Self { status, head, body: rest.to_vec(), whole: true };
        if answer.header("transfer-encoding") == Some("chunked") {
            (answer.body, answer.whole) = unchunk(rest);
        } else if let Some(length) = answer.header("content-length") {
            answer.whole = length.parse() == Ok(rest.len());
        }
        answer
    }
}

fn unchunk(mut bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(end) = bytes.windows(2).position(|window| window == b"\r\n") {
        let Ok(size) = usize::from_str_radix(&String::from_utf8_lossy(&bytes[..end]), 16) else { break };
        if size == 0 {
            return (body, true);
        }
        let from = end + 2;
        body.extend_from_slice(&bytes[from.min(bytes.len())..(from + size).min(bytes.len())]);
        bytes = bytes.get(from + size + 2..).unwrap_or_default();
    }
    (body, false)
}

/// Sends bytes and reads until the server closes.
pub async fn exchange(addr: SocketAddr, request: impl AsRef<[u8]>) -> Answer {
    soon(async {
        let mut tcp = TcpStream::connect(addr).await.unwrap();
        // The server may answer and close before it has read everything.
        let _ = tcp.write_all(request.as_ref()).await;
        let mut bytes = Vec::new();
        let _ = tcp.read_to_end(&mut bytes).await;
        Answer::parse(&bytes)
    })
    .await
}

/// `GET` as a program sends it.
pub async fn get(addr: SocketAddr, path: &str) -> Answer {
    exchange(addr, format!("GET {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n")).await
}

/// `POST` of JSON as a program sends it.
pub async fn post(addr: SocketAddr, path: &str, body: &str) -> Answer {
    exchange(addr, post_bytes(addr, path, body)).await
}

pub fn post_bytes(addr: SocketAddr, path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}

/// A client's side of `/api/stream`.
pub struct Socket(WebSocketStream<TcpStream>);

/// What a socket heard until its end.
#[derive(Debug, Default)]
pub struct Heard {
    pub frames: Vec<StreamFrame>,
    pub bytes: Vec<u8>,
    /// Number of binary frames.
    pub chunks: usize,
    pub close: Option<CloseCode>,
    /// Every text frame as it came.
    pub raw: String,
}

impl Heard {
    /// The code of the last frame, if that is an error.
    pub fn code(&self) -> Option<Code> {
        match self.frames.last() {
            Some(StreamFrame::Error { error }) => Some(error.code),
            _ => None,
        }
    }
}

impl Socket {
    /// Connects without a first frame.
    pub async fn connect(addr: SocketAddr) -> Self {
        Self::connect_with(addr, &[]).await.unwrap()
    }

    /// The same with more headers, or the status of the refusal.
    pub async fn connect_with(addr: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let tcp = TcpStream::connect(addr).await.unwrap();
        let mut request = format!("ws://{addr}/api/stream").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        match soon(tokio_tungstenite::client_async(request, tcp)).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Connects and makes a call.
    pub async fn call(addr: SocketAddr, provider: &str, path: &str, body: &str) -> Self {
        let mut socket = Self::connect(addr).await;
        socket.open(provider, if body.is_empty() { "GET" } else { "POST" }, path, body).await;
        socket
    }

    pub async fn open(&mut self, provider: &str, method: &str, path: &str, body: &str) {
        let open = StreamOpen {
            provider: provider.into(),
            method: method.into(),
            path: path.into(),
            run: None,
            body: body.into(),
        };
        self.send(Message::text(serde_json::to_string(&open).unwrap())).await;
    }

    pub async fn send(&mut self, message: Message) {
        // The server may have closed already; what it said is checked by reading.
        let _ = soon(self.0.send(message)).await;
    }

    /// The next message that is no ping.
    pub async fn next(&mut self) -> Option<Message> {
        loop {
            match soon(self.0.next()).await {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => return other.and_then(Result::ok),
            }
        }
    }

    /// Reads to the end.
    pub async fn finish(mut self) -> Heard {
        let mut heard = Heard::default();
        while let Some(message) = self.next().await {
            match message {
                Message::Text(text) => {
                    heard.raw.push_str(&text);
                    heard.frames.push(serde_json::from_str(&text).unwrap());
                }
                Message::Binary(bytes) => {
                    heard.chunks += 1;
                    heard.bytes.extend_from_slice(&bytes);
                }
                Message::Close(close) => heard.close = close.map(|close| close.code),
                _ => {}
            }
        }
        heard
    }

    /// Closes as a browser does, with a close frame.
    pub async fn close(mut self) {
        let _ = soon(self.0.close(None)).await;
    }
}
