//! Bounds of a connection and of the listener.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use tokio::io::AsyncWriteExt;

/// Counts what is unanswered; a thread of its own answers one after the other.
struct Counting {
    waiting: std::sync::mpsc::Sender<(Message, Reply)>,
    open: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Handler for Counting {
    fn handle(&self, message: Message, reply: Reply) {
        let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(open, Ordering::SeqCst);
        self.waiting.send((message, reply)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_is_read_than_may_be_in_flight() {
    let (waiting, queue) = std::sync::mpsc::channel::<(Message, Reply)>();
    let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let handler = Arc::new(Counting { waiting, open: Arc::clone(&open), most: Arc::clone(&most) });
    let config = ServerConfig { in_flight_max: 16, ..ServerConfig::default() };
    let server = Running::start(handler, config).await;
    let seen = Arc::new(Seen::default());
    let client = client_of(&server, &seen, ClientConfig { window: 500, ..ClientConfig::default() }).await;
    for number in 0..500 {
        client.send(purchase(number), number).await.unwrap();
    }
    let answering = std::thread::spawn(move || {
        // The first answer goes out only when the connection is full.
        let mut held = vec![queue.recv().unwrap()];
        while held.len() < 16 {
            held.push(queue.recv().unwrap());
        }
        for (request, reply) in held.into_iter().chain(queue.iter()).take(500) {
            open.fetch_sub(1, Ordering::SeqCst);
            reply.send(answer_of(&request, *b"00").unwrap());
        }
    });
    assert_eq!(client.settle(PATIENCE).await, 0);
    answering.join().unwrap();
    assert_eq!(seen.answered.lock().unwrap().len(), 500);
    assert_eq!(most.load(Ordering::SeqCst), 16);
}

#[tokio::test]
async fn a_reply_that_is_dropped_makes_room() {
    struct Forgetful;
    impl Handler for Forgetful {
        fn handle(&self, message: Message, reply: Reply) {
            if message.text(11) == Some("000099") {
                reply.send(answer_of(&message, *b"00").unwrap());
            }
        }
    }
    let config = ServerConfig { in_flight_max: 2, ..ServerConfig::default() };
    let server = Running::start(Arc::new(Forgetful), config).await;
    let mut socket = server.connect().await;
    for number in 0..100 {
        socket.write_all(&framed(&purchase(number))).await.unwrap();
    }
    let answer = tokio::time::timeout(PATIENCE, receive(&mut socket)).await.unwrap().unwrap();
    assert_eq!(answer.text(11), Some("000099"));
}

#[tokio::test]
async fn connections_above_the_limit_are_closed_and_free_places_are_used() {
    let config = ServerConfig { connections_max: 2, ..ServerConfig::default() };
    let server = Running::start(Arc::new(Approve), config).await;
    let mut served = Vec::new();
    for number in 0..2 {
        let mut socket = server.connect().await;
        socket.write_all(&framed(&purchase(number))).await.unwrap();
        assert!(receive(&mut socket).await.is_some());
        served.push(socket);
    }
    let mut refused = server.connect().await;
    assert!(receive(&mut refused).await.is_none());
    drop(served.pop());
    let taken_again = async {
        loop {
            let mut socket = server.connect().await;
            let _refused_meanwhile = socket.write_all(&framed(&purchase(3))).await;
            if receive(&mut socket).await.is_some() {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, taken_again).await.expect("the place is free again");
}

#[tokio::test]
async fn silence_and_half_messages_end_a_connection() {
    let config = ServerConfig { idle_s: 1, frame_s: 1, ..ServerConfig::default() };
    let server = Running::start(Arc::new(Approve), config).await;
    let mut silent = server.connect().await;
    let mut slow = server.connect().await;
    slow.write_all(&framed(&purchase(1))[..20]).await.unwrap();
    for socket in [&mut silent, &mut slow] {
        let ended = tokio::time::timeout(PATIENCE, receive(socket)).await.expect("closed by the server");
        assert!(ended.is_none());
    }
}

/// A peer that sends and never reads its answers is not read for ever, and others are served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_does_not_read_is_cut_off() {
    let config = ServerConfig { in_flight_max: 64, write_s: 1, ..ServerConfig::default() };
    let server = Running::start(Arc::new(Approve), config).await;
    let mut deaf = server.connect().await;
    let many: Vec<u8> = (0..2_000).flat_map(|number| framed(&purchase(number))).collect();
    let flood = async { while deaf.write_all(&many).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, flood).await.expect("the server closes the connection");
    let mut other = server.connect().await;
    other.write_all(&framed(&purchase(1))).await.unwrap();
    assert!(receive(&mut other).await.is_some());
}
