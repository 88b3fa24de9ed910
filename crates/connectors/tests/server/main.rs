//! The server and the client over real sockets: order, limits, rubbish, loss and stopping.

#![cfg(test)]

mod client;
mod limits;
mod rubbish;
mod stopping;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connectors::iso8583::client::MonotonicUs;
use connectors::iso8583::{
    Answered, Answers, BuiltIn, Client, ClientConfig, Dialect, Handler, Message, Mti, Reply, Server,
    ServerConfig, answer_of, frame, network,
};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Long enough for anything that must happen; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

fn dialect() -> Arc<Dialect> {
    Arc::new(Dialect::built_in(BuiltIn::Ascii).unwrap())
}

fn purchase(number: u64) -> Message {
    let mut message = Message::new(Mti::AUTHORIZATION);
    message.set(2, "9000000000000001").unwrap();
    message.set_number(4, number, 12).unwrap();
    message.set_number(11, number % 1_000_000, 6).unwrap();
    message.set_number(37, number, 12).unwrap();
    message.set(41, "TERM0001").unwrap();
    message
}

fn framed(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame::push(&dialect(), message, &mut bytes).unwrap();
    bytes
}

/// Reads one message from a raw connection; `None` at its end.
async fn receive(socket: &mut TcpStream) -> Option<Message> {
    let mut prefix = [0; 2];
    socket.read_exact(&mut prefix).await.ok()?;
    let mut frame = vec![0; usize::from(u16::from_be_bytes(prefix))];
    socket.read_exact(&mut frame).await.ok()?;
    Some(dialect().parse(&frame).unwrap())
}

/// Approves at once.
struct Approve;

impl Handler for Approve {
    fn handle(&self, message: Message, reply: Reply) {
        let answer = network::answer(&message).or_else(|| answer_of(&message, *b"00"));
        if let Some(answer) = answer {
            reply.send(answer);
        }
    }
}

/// Keeps what comes until the test takes it.
#[derive(Default)]
struct Keep {
    kept: Mutex<Vec<(Message, Reply)>>,
    arrived: tokio::sync::Notify,
}

impl Keep {
    async fn take(&self, count: usize) -> Vec<(Message, Reply)> {
        let all_there = async {
            while self.kept.lock().unwrap().len() < count {
                self.arrived.notified().await;
            }
        };
        tokio::time::timeout(PATIENCE, all_there).await.expect("the messages arrive");
        self.kept.lock().unwrap().drain(..count).collect()
    }
}

impl Handler for Keep {
    fn handle(&self, message: Message, reply: Reply) {
        self.kept.lock().unwrap().push((message, reply));
        self.arrived.notify_one();
    }
}

/// A server on a free port.
struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Running {
    async fn start(handler: Arc<dyn Handler>, config: ServerConfig) -> Self {
        let any = "127.0.0.1:0".parse().unwrap();
        let server = Server::bind(any, dialect(), handler, config).await.unwrap();
        let (address, stop) = (server.local_addr().unwrap(), server.stop_token());
        Self { address, stop, serving: tokio::spawn(server.run()) }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.serving).await.expect("the server stops").unwrap().unwrap();
    }
}

/// Collects answers and losses.
#[derive(Default)]
struct Seen {
    answered: Mutex<Vec<(u64, String)>>,
    lost: Mutex<Vec<u64>>,
}

impl Answers for Seen {
    fn answered(&self, answered: Answered) {
        assert!(answered.answered_us >= answered.sent_us);
        let code = answered.answer.text(39).unwrap().to_owned();
        self.answered.lock().unwrap().push((answered.tag, code));
    }

    fn lost(&self, tag: u64, _sent_us: u64) {
        self.lost.lock().unwrap().push(tag);
    }
}

fn clock() -> MonotonicUs {
    let ticks = std::sync::atomic::AtomicU64::new(1);
    Arc::new(move || ticks.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

async fn client_of(server: &Running, seen: &Arc<Seen>, config: ClientConfig) -> Client {
    let answers: Arc<dyn Answers> = Arc::clone(seen) as Arc<dyn Answers>;
    Client::connect(&server.address.to_string(), dialect(), config, clock(), answers).await.unwrap()
}
