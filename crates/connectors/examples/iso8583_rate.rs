//! How many messages a second the connector alone carries over loopback: client, parsing, answering.
//!
//! `cargo run --release -p cardea-connectors --example iso8583_rate -- [messages] [connections] [dialect]`

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use connectors::iso8583::{
    Answered, Answers, BuiltIn, Client, ClientConfig, Dialect, Handler, Message, Mti, Reply, Server,
    ServerConfig, answer_of,
};

type Fault = Box<dyn std::error::Error + Send + Sync>;

struct Approve;

impl Handler for Approve {
    fn handle(&self, message: Message, reply: Reply) {
        if let Some(mut answer) = answer_of(&message, *b"00") {
            let _fits = answer.set(38, "A00001");
            reply.send(answer);
        }
    }
}

#[derive(Default)]
struct Latency {
    answered: AtomicU64,
    total_us: AtomicU64,
}

impl Answers for Latency {
    fn answered(&self, answered: Answered) {
        self.answered.fetch_add(1, Ordering::Relaxed);
        self.total_us.fetch_add(answered.answered_us.saturating_sub(answered.sent_us), Ordering::Relaxed);
    }

    fn lost(&self, _tag: u64, _sent_us: u64) {}
}

fn purchase(number: u64) -> Result<Message, Fault> {
    let mut message = Message::new(Mti::AUTHORIZATION);
    let texts: [(u8, &str); 14] = [
        (2, "9000000000000001"),
        (3, "000000"),
        (7, "1122133000"),
        (12, "133000"),
        (13, "1122"),
        (14, "2912"),
        (18, "5411"),
        (19, "156"),
        (22, "051"),
        (25, "00"),
        (32, "123456"),
        (41, "TERM0001"),
        (42, "MERCHANT0000001"),
        (49, "156"),
    ];
    for (field, value) in texts {
        message.set(field, value)?;
    }
    message.set_number(4, 1_000 + number % 50_000, 12)?;
    message.set_number(11, number % 1_000_000, 6)?;
    message.set_number(37, number, 12)?;
    Ok(message)
}

/// Nanoseconds of one core to read a request and write its answer.
#[expect(clippy::disallowed_methods, reason = "an example measures real time")]
fn codec_alone(dialect: &Dialect) -> Result<u128, Fault> {
    const ROUNDS: u32 = 200_000;
    let mut request = Vec::new();
    dialect.write(&purchase(1)?, &mut request)?;
    let mut out = Vec::new();
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        let message = dialect.parse(&request)?;
        let answer = answer_of(&message, *b"00").ok_or("no answer")?;
        out.clear();
        dialect.write(&answer, &mut out)?;
    }
    Ok(begun.elapsed().as_nanos() / u128::from(ROUNDS))
}

async fn drive(client: Client, from: u64, count: u64) -> Result<usize, Fault> {
    for number in from..from + count {
        client.send(purchase(number)?, number).await?;
    }
    Ok(client.settle(Duration::from_secs(30)).await)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "an example prints its result")]
#[expect(clippy::disallowed_methods, reason = "an example measures real time")]
async fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |at: usize, default: u64| arguments.get(at).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (messages, connections) = (number(0, 400_000), number(1, 2).max(1));
    let named = arguments.get(2).map_or("ascii", String::as_str);
    let which = BuiltIn::ALL.into_iter().find(|which| which.name() == named).ok_or("no such dialect")?;
    let dialect = Arc::new(Dialect::built_in(which)?);
    let nanoseconds = codec_alone(&dialect)?;
    println!("{named}: parse, answer and write {nanoseconds} ns a message, codec alone");
    let config = ServerConfig::default();
    let server =
        Server::bind("127.0.0.1:0".parse()?, Arc::clone(&dialect), Arc::new(Approve), config).await?;
    let (address, stop) = (server.local_addr()?.to_string(), server.stop_token());
    let serving = tokio::spawn(server.run());
    let start = Instant::now();
    let latency = Arc::new(Latency::default());
    let each = messages / connections;
    let mut clients = Vec::new();
    for index in 0..connections {
        let clock = Arc::new(move || u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX));
        let answers = Arc::clone(&latency) as Arc<dyn Answers>;
        let client =
            Client::connect(&address, Arc::clone(&dialect), ClientConfig::default(), clock, answers).await?;
        clients.push((client, index * each));
    }
    let begun = Instant::now();
    let mut drivers = tokio::task::JoinSet::new();
    for (client, from) in clients {
        drivers.spawn(drive(client, from, each));
    }
    let mut driven = 0;
    while let Some(missing) = drivers.join_next().await {
        driven += missing??;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let answered = latency.answered.load(Ordering::Relaxed);
    let mean_us = latency.total_us.load(Ordering::Relaxed) / answered.max(1);
    let rate = f64::from(u32::try_from(answered)?) / seconds;
    println!(
        "{named}: {answered} answered, {driven} missing, {rate:.0} a second, mean {mean_us} us in a full window"
    );
    stop.cancel();
    serving.await??;
    Ok(())
}
