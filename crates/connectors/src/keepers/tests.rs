//! What a place does wrong, without a log.

use super::*;
use platform::audit::port::Keeper;
use platform::config::{Config, WitnessAt};

#[tokio::test]
async fn nobody_at_the_address_is_told_without_a_token() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let token = std::sync::Arc::new(kernel::Secret::new("never-shown".to_owned()));
    let url = format!("http://{closed}/log?signature=never-shown");
    let keeper = WebKeeper::new(url, Some(token), 0);
    let told = keeper.keep(1, "note".to_owned()).await.unwrap_err();
    assert!(!told.contains("never-shown") && !keeper.name().contains("never-shown"), "{told}");
}

#[tokio::test]
async fn who_never_answers_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/log", silent.local_addr().unwrap());
    let client = crate::web::client_within(std::time::Duration::from_millis(200));
    let asked = crate::web::beside(move || {
        client.post(&url).send("note").map(drop).map_err(|error| error.to_string())
    });
    let told = asked.await.unwrap_err();
    assert!(told.contains("timeout"), "{told}");
}

/// A server that answers every request with these bytes.
fn answering(bytes: Vec<u8>) -> std::net::SocketAddr {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(&bytes);
        }
    });
    address
}

#[tokio::test]
async fn a_place_that_sends_us_elsewhere_is_not_followed() {
    let other = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec());
    let moved = format!("HTTP/1.1 308 Moved\r\nlocation: http://{other}/\r\ncontent-length: 0\r\n\r\n");
    let keeper = WebKeeper::new(format!("http://{}/log/", answering(moved.into_bytes())), None, 0);
    let told = keeper.keep(1, "note".to_owned()).await.unwrap_err();
    assert!(told.contains("308"), "{told}");
}

#[tokio::test]
async fn a_witness_that_floods_is_cut_off() {
    use platform::audit::port::Witness;
    let body = vec![b'x'; 1 << 20];
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    let address = answering([head.into_bytes(), body].concat());
    let key = "witness.example/w1+cc9a7044+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let config =
        Config::from_text(&format!("[log]\nwitnesses = \"{key} http://{address}\"\n"), "x", []).unwrap();
    let at: WitnessAt = config.log.witnesses_at().unwrap().pop().unwrap();
    let answer = crate::witness::HttpWitness::new(at).add_checkpoint("old 0\n\nx\n".to_owned()).await;
    assert!(answer.is_err(), "{answer:?}");
}
