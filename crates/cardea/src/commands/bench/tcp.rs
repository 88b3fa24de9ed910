//! Payments as ISO 8583 over TCP on this machine: the server and the client of `connectors`.

use super::{
    super::CommandError,
    BenchArgs,
    accounts::{People, Stage, pan},
    drive::{self, Driven, Pick, Tally, WARM_UP_US},
};
use crate::traffic::pace::Pace;
use connectors::iso8583::{
    Answered, Answers, BuiltIn, Client, ClientConfig, Dialect, Handler, Message, Mti, Server, ServerConfig,
    SetError,
};
use features::authorizations::EngineSettings;
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// Connections that share the load, as a switch would open them.
const CONNECTIONS: usize = 2;

struct Counting {
    tally: Arc<Tally>,
    pace: Pace,
    start_us: u64,
}

impl Answers for Counting {
    fn answered(&self, answered: Answered) {
        let sent = answered.sent_us.saturating_sub(self.start_us);
        let back = answered.answered_us.saturating_sub(self.start_us);
        self.tally.answered(answered.answered_us, self.pace.latency_us(answered.tag, sent, back));
    }

    fn lost(&self, _tag: u64, _sent_us: u64) {}
}

/// Sends until the time is over.
pub async fn over_tcp(
    args: &BenchArgs,
    stage: &Stage,
    people: &People,
    settings: EngineSettings,
) -> Result<Driven, CommandError> {
    let engine = drive::engine(stage, settings)?;
    let dialect = Arc::new(Dialect::built_in(BuiltIn::Ascii).map_err(CommandError::other)?);
    let handler: Arc<dyn Handler> = super::super::serve::authorizer(&engine, stage.db.clock(), &stage.keys);
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::bind(address, Arc::clone(&dialect), handler, ServerConfig::default()).await?;
    let (address, stop) = (server.local_addr()?, server.stop_token());
    let serving = tokio::spawn(server.run());
    let start_us = stage.clock.monotonic_us();
    let tally = Arc::new(Tally::new(start_us + WARM_UP_US));
    let pace = Pace::of_rate(args.rate);
    let clock = Arc::clone(&stage.clock);
    let counting: Arc<dyn Answers> = Arc::new(Counting { tally: Arc::clone(&tally), pace, start_us });
    let mut clients = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        let window = usize::try_from(args.in_flight).unwrap_or(1_024) / CONNECTIONS;
        let config = ClientConfig { window: window.max(1), ..ClientConfig::default() };
        let time = Arc::clone(&clock);
        let time = Arc::new(move || time.monotonic_us());
        let address = address.to_string();
        let connected =
            Client::connect(&address, Arc::clone(&dialect), config, time, Arc::clone(&counting)).await;
        clients.push(connected.map_err(CommandError::other)?);
    }
    let until_us = start_us + WARM_UP_US + u64::from(args.seconds) * 1_000_000;
    let mut sent = 0_u64;
    while clock.monotonic_us() < until_us {
        if pace.intended_send_us(sent).is_some_and(|at| start_us + at > clock.monotonic_us()) {
            // Shorter than the gap between two payments at the rates that are measured.
            tokio::task::yield_now().await;
            continue;
        }
        let message = message(people, sent).map_err(CommandError::other)?;
        let client = usize::try_from(sent).unwrap_or(0) % CONNECTIONS;
        if let Some(client) = clients.get(client) {
            client.send(message, sent).await.map_err(CommandError::other)?;
        }
        sent += 1;
    }
    for client in &clients {
        client.settle(Duration::from_secs(10)).await;
    }
    let driven = tally.driven(clock.monotonic_us().max(until_us));
    let answered = tally.answers();
    stop.cancel();
    drop(clients);
    serving.await.map_err(|_| CommandError::Stopped("the server"))??;
    if answered < sent {
        return Err(CommandError::Stopped("not every payment was answered: the engine"));
    }
    Ok(driven)
}

fn message(people: &People, i: u64) -> Result<Message, SetError> {
    let pick = Pick::of(i, people);
    let mut message = Message::new(Mti::AUTHORIZATION);
    if let Ok(pan) = pan(pick.card) {
        message.set(2, pan.expose().as_bytes())?;
    }
    message.set(3, b"000000")?;
    message.set_number(4, pick.minor.unsigned_abs(), 12)?;
    message.set(7, b"0312121436")?;
    message.set_number(11, i % 1_000_000, 6)?;
    message.set(12, b"201436")?;
    message.set(13, b"0312")?;
    message.set(18, b"5812")?;
    message.set(22, b"071")?;
    message.set(32, b"00000000042")?;
    message.set_number(37, i, 12)?;
    message.set(41, format!("T{:07}", pick.merchant))?;
    message.set(42, format!("M{:014}", pick.merchant))?;
    message.set_padded(43, "Wild Plum Noodles        Shanghai     CN", 40)?;
    message.set(49, b"156")?;
    Ok(message)
}
