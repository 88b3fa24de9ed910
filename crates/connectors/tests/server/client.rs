//! The client: matching, windows, losses.

use super::*;
use connectors::iso8583::ClientError;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_in_flight_each_find_their_answer() {
    let server = Running::start(Arc::new(Approve), ServerConfig::default()).await;
    let seen = Arc::new(Seen::default());
    let client = client_of(&server, &seen, ClientConfig::default()).await;
    for number in 0..5_000 {
        client.send(purchase(number), number).await.unwrap();
    }
    assert_eq!(client.settle(PATIENCE).await, 0);
    let mut tags: Vec<u64> = seen.answered.lock().unwrap().iter().map(|(tag, _)| *tag).collect();
    tags.sort_unstable();
    assert_eq!(tags, (0..5_000).collect::<Vec<_>>());
    assert_eq!((client.unmatched(), client.in_flight()), (0, 0));
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn answers_in_any_order_are_matched() {
    let keep = Arc::new(Keep::default());
    let server = Running::start(Arc::clone(&keep) as Arc<dyn Handler>, ServerConfig::default()).await;
    let seen = Arc::new(Seen::default());
    let client = client_of(&server, &seen, ClientConfig::default()).await;
    for number in 0..50 {
        client.send(purchase(number), number).await.unwrap();
    }
    for (request, reply) in keep.take(50).await.into_iter().rev() {
        let code = format!("{:02}", request.text(11).unwrap().parse::<u64>().unwrap());
        reply.send(answer_of(&request, code.as_bytes().try_into().unwrap()).unwrap());
    }
    assert_eq!(client.settle(PATIENCE).await, 0);
    let answered = seen.answered.lock().unwrap();
    assert_eq!(answered.first().map(|(tag, _)| *tag), Some(49), "the last request was answered first");
    assert!(answered.iter().all(|(tag, code)| *code == format!("{tag:02}")));
}

#[tokio::test]
async fn equal_requests_in_flight_are_each_answered() {
    let keep = Arc::new(Keep::default());
    let server = Running::start(Arc::clone(&keep) as Arc<dyn Handler>, ServerConfig::default()).await;
    let seen = Arc::new(Seen::default());
    let client = client_of(&server, &seen, ClientConfig::default()).await;
    for tag in 0..20 {
        client.send(purchase(7), tag).await.unwrap();
    }
    for (request, reply) in keep.take(20).await {
        reply.send(answer_of(&request, *b"00").unwrap());
    }
    assert_eq!(client.settle(PATIENCE).await, 0);
    assert_eq!(seen.answered.lock().unwrap().len(), 20);
}

#[tokio::test]
async fn what_is_under_way_when_the_connection_ends_is_reported_lost() {
    let keep = Arc::new(Keep::default());
    let config = ServerConfig { drain_s: 0, ..ServerConfig::default() };
    let server = Running::start(Arc::clone(&keep) as Arc<dyn Handler>, config).await;
    let seen = Arc::new(Seen::default());
    let client = client_of(&server, &seen, ClientConfig::default()).await;
    for number in 0..5 {
        client.send(purchase(number), number).await.unwrap();
    }
    let never_answered = keep.take(5).await;
    server.stop().await;
    let gone = async {
        while client.send(purchase(9), 9).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("the end is noticed");
    assert!(matches!(client.send(purchase(9), 9).await, Err(ClientError::Closed)));
    let mut lost = seen.lost.lock().unwrap().clone();
    lost.retain(|tag| *tag != 9);
    lost.sort_unstable();
    assert_eq!(lost, [0, 1, 2, 3, 4]);
    drop(never_answered);
}

#[tokio::test]
async fn asking_gives_up_and_giving_up_makes_room() {
    let keep = Arc::new(Keep::default());
    let server = Running::start(Arc::clone(&keep) as Arc<dyn Handler>, ServerConfig::default()).await;
    let seen = Arc::new(Seen::default());
    let config = ClientConfig { window: 2, answer_max: Duration::from_millis(20), ..ClientConfig::default() };
    let client = client_of(&server, &seen, config).await;
    assert!(matches!(client.ask(purchase(1)).await, Err(ClientError::NoAnswer)));
    client.send(purchase(2), 2).await.unwrap();
    client.send(purchase(3), 3).await.unwrap();
    assert_eq!(client.in_flight(), 2);
    assert_eq!(client.give_up_before(u64::MAX), 2);
    assert_eq!(*seen.lost.lock().unwrap().iter().max().unwrap(), 3);
    client.send(purchase(4), 4).await.unwrap();
    // The late answers match nothing and harm nothing.
    for (request, reply) in keep.take(4).await {
        reply.send(answer_of(&request, *b"00").unwrap());
    }
    assert_eq!(client.settle(PATIENCE).await, 0);
    assert_eq!((client.unmatched(), seen.answered.lock().unwrap().len()), (3, 1));
    assert!(matches!(
        client.send(answer_of(&purchase(1), *b"00").unwrap(), 5).await,
        Err(ClientError::NoAnswerExpected)
    ));
}
