//! Stopping: answers under way still leave, and nothing new is read.

use super::*;
use tokio::io::AsyncWriteExt;

#[tokio::test]
async fn answers_under_way_leave_before_the_connection_closes() {
    let keep = Arc::new(Keep::default());
    let server = Running::start(Arc::clone(&keep) as Arc<dyn Handler>, ServerConfig::default()).await;
    let mut socket = server.connect().await;
    for number in 0..3 {
        socket.write_all(&framed(&purchase(number))).await.unwrap();
    }
    let kept = keep.take(3).await;
    server.stop.cancel();
    for (request, reply) in kept {
        reply.send(answer_of(&request, *b"00").unwrap());
    }
    for _ in 0..3 {
        assert_eq!(receive(&mut socket).await.unwrap().text(39), Some("00"));
    }
    assert!(receive(&mut socket).await.is_none());
    server.stop().await;
}

#[tokio::test]
async fn answers_that_never_come_do_not_hold_up_the_stop() {
    let keep = Arc::new(Keep::default());
    let config = ServerConfig { drain_s: 1, ..ServerConfig::default() };
    let server = Running::start(Arc::clone(&keep) as Arc<dyn Handler>, config).await;
    let mut socket = server.connect().await;
    socket.write_all(&framed(&purchase(1))).await.unwrap();
    let kept = keep.take(1).await;
    server.stop().await;
    for (request, reply) in kept {
        // Too late: dropped without harm.
        reply.send(answer_of(&request, *b"00").unwrap());
    }
    assert!(receive(&mut socket).await.is_none());
}

#[tokio::test]
async fn a_peer_that_has_finished_sending_still_gets_its_answers() {
    let keep = Arc::new(Keep::default());
    let server = Running::start(Arc::clone(&keep) as Arc<dyn Handler>, ServerConfig::default()).await;
    let mut socket = server.connect().await;
    socket.write_all(&framed(&purchase(1))).await.unwrap();
    socket.shutdown().await.unwrap();
    for (request, reply) in keep.take(1).await {
        reply.send(answer_of(&request, *b"00").unwrap());
    }
    assert_eq!(receive(&mut socket).await.unwrap().text(39), Some("00"));
    assert!(receive(&mut socket).await.is_none());
}
