//! The least of an HTTP client: one request a connection, every byte of the answer kept.

use crate::server::Server;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// An answer.
pub struct Answer {
    pub status: u16,
    /// Status line and headers as they came.
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {} {}", self.head, self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find_map(|(own, value)| own.eq_ignore_ascii_case(name).then_some(value))
    }
}

/// Sends one request, made of its first line, headers and body, and reads the answer to its end.
pub fn send(address: SocketAddr, line: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Answer> {
    let mut socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut bytes = format!("{line} HTTP/1.1\r\nhost: localhost:{}\r\nconnection: close\r\n", address.port());
    for (name, value) in headers {
        bytes.push_str(&format!("{name}: {value}\r\n"));
    }
    bytes.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    // In one piece: a server that answers without reading the body would else close while the rest is on its
    // way, and the answer would be lost to a reset.
    let mut bytes = bytes.into_bytes();
    bytes.extend_from_slice(body);
    socket.write_all(&bytes)?;
    let mut all = Vec::new();
    socket.read_to_end(&mut all)?;
    parse(&all).ok_or_else(|| io::Error::other("no HTTP answer"))
}

/// Reads without any right.
pub fn get(address: SocketAddr, path: &str) -> io::Result<Answer> {
    send(address, &format!("GET {path}"), &[], &[])
}

impl Server {
    /// Reads with the key of the API.
    pub fn api_get(&self, path: &str) -> Answer {
        let key = format!("Bearer {}", self.demo.api_key);
        send(self.http(), &format!("GET {path}"), &[("authorization", &key)], &[]).unwrap()
    }

    /// Sends JSON with the key of the API under the name `operation`.
    pub fn api_post(&self, path: &str, operation: &str, body: &serde_json::Value) -> Answer {
        let key = format!("Bearer {}", self.demo.api_key);
        let headers = [
            ("authorization", key.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", operation),
        ];
        send(self.http(), &format!("POST {path}"), &headers, body.to_string().as_bytes()).unwrap()
    }
}

fn parse(all: &[u8]) -> Option<Answer> {
    let end = all.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(all.get(..end)?).into_owned();
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let rest = all.get(end + 4..)?;
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { unchunk(rest)? } else { rest.to_vec() };
    Some(Answer { status, head, body })
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(rest.get(..end)?).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 2 + size + 2..)?;
    }
}
