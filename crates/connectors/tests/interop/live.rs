//! pyiso8583 as a switch: it signs on, keeps a hundred requests in flight, and sends rubbish at the end.

use std::sync::{Arc, Mutex};

use connectors::iso8583::{
    BuiltIn, Dialect, Handler, Message, Reply, Server, ServerConfig, answer_of, network,
};

use crate::oracle::{bridge, python};

/// Requests that the switch sends.
const REQUESTS: usize = 400;

/// Approves, in batches of ten and each batch backwards, as an engine might.
#[derive(Default)]
struct Backwards {
    waiting: Mutex<Vec<(Message, Reply)>>,
}

impl Handler for Backwards {
    fn handle(&self, message: Message, reply: Reply) {
        if let Some(answer) = network::answer(&message) {
            reply.send(answer);
            return;
        }
        let mut waiting = self.waiting.lock().unwrap();
        waiting.push((message, reply));
        if waiting.len() == 10 {
            for (request, reply) in waiting.drain(..).rev() {
                reply.send(answer_of(&request, *b"00").unwrap());
            }
        }
    }
}

async fn a_switch_talks_to_the_server(which: BuiltIn) {
    let dialect = Arc::new(Dialect::built_in(which).unwrap());
    let handler = Arc::new(Backwards::default());
    let address = "127.0.0.1:0".parse().unwrap();
    let server = Server::bind(address, Arc::clone(&dialect), handler, ServerConfig::default()).await.unwrap();
    let port = server.local_addr().unwrap().port();
    let stop = server.stop_token();
    let serving = tokio::spawn(server.run());
    let output = tokio::process::Command::new(python())
        .arg(bridge())
        .args(["talk", dialect.name(), &port.to_string(), &REQUESTS.to_string()])
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), format!("ok {REQUESTS} shuffled"));
    stop.cancel();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn ascii_over_tcp() {
    a_switch_talks_to_the_server(BuiltIn::Ascii).await;
}

#[tokio::test]
async fn ascii_with_binary_bitmap_over_tcp() {
    a_switch_talks_to_the_server(BuiltIn::AsciiBinaryBitmap).await;
}

#[tokio::test]
async fn bcd_over_tcp() {
    a_switch_talks_to_the_server(BuiltIn::Bcd).await;
}
