//! Malformed input concerns its own connection alone.

use super::*;
use tokio::io::AsyncWriteExt;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rubbish_closes_its_connection_and_no_other() {
    let server = Running::start(Arc::new(Approve), ServerConfig::default()).await;
    let seen = Arc::new(Seen::default());
    let client = client_of(&server, &seen, ClientConfig::default()).await;
    let rubbish: [&[u8]; 6] = [
        b"\xff\xff",
        b"\x10\x01rest",
        b"\x00\x01x",
        b"\x00\x13this is no message!",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x00\x140100FFFFFFFFFFFFFFFF",
    ];
    for (number, bytes) in (0..).zip(rubbish) {
        client.send(purchase(number), number).await.unwrap();
        let mut socket = server.connect().await;
        socket.write_all(bytes).await.unwrap();
        // "GET " announces 18,245 bytes, which is above the limit; nothing waits for them.
        let ended = tokio::time::timeout(PATIENCE, receive(&mut socket)).await.expect("closed");
        assert!(ended.is_none(), "{bytes:?}");
    }
    assert_eq!(client.settle(PATIENCE).await, 0);
    assert_eq!(seen.answered.lock().unwrap().len(), 6);
}

#[tokio::test]
async fn messages_before_the_rubbish_are_still_answered() {
    let keep = Arc::new(Keep::default());
    let server = Running::start(Arc::clone(&keep) as Arc<dyn Handler>, ServerConfig::default()).await;
    let mut socket = server.connect().await;
    let mut bytes = framed(&purchase(1));
    bytes.extend(framed(&purchase(2)));
    bytes.extend(b"\xff\xff");
    socket.write_all(&bytes).await.unwrap();
    for (request, reply) in keep.take(2).await {
        reply.send(answer_of(&request, *b"00").unwrap());
    }
    assert_eq!(receive(&mut socket).await.unwrap().text(11), Some("000001"));
    assert_eq!(receive(&mut socket).await.unwrap().text(11), Some("000002"));
    assert!(receive(&mut socket).await.is_none());
}

#[tokio::test]
async fn a_malformed_message_with_a_trace_number_is_answered_and_the_next_is_served() {
    let server = Running::start(Arc::new(Approve), ServerConfig::default()).await;
    let mut socket = server.connect().await;
    let mut malformed = framed(&purchase(5));
    let amount = malformed.windows(12).position(|window| window == b"000000000005").unwrap();
    malformed[amount] = b'x';
    // Trailing bytes: everything was read before them.
    let mut trailing = framed(&purchase(6));
    trailing.push(b'!');
    let length = u16::try_from(trailing.len() - 2).unwrap();
    trailing[..2].copy_from_slice(&length.to_be_bytes());
    for bytes in [malformed, trailing, framed(&purchase(7))] {
        socket.write_all(&bytes).await.unwrap();
    }
    for (trace, code) in [("000005", "30"), ("000006", "30"), ("000007", "00")] {
        let answer = receive(&mut socket).await.unwrap();
        assert_eq!((answer.text(11), answer.text(39)), (Some(trace), Some(code)));
    }
}

#[tokio::test]
async fn messages_may_come_byte_by_byte_and_between_keep_alives() {
    let server = Running::start(Arc::new(Approve), ServerConfig::default()).await;
    let mut socket = server.connect().await;
    socket.set_nodelay(true).unwrap();
    let mut bytes = vec![0, 0];
    bytes.extend(framed(&purchase(1)));
    bytes.extend([0, 0, 0, 0]);
    bytes.extend(framed(&purchase(2)));
    for byte in bytes {
        socket.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(receive(&mut socket).await.unwrap().text(11), Some("000001"));
    assert_eq!(receive(&mut socket).await.unwrap().text(11), Some("000002"));
}
