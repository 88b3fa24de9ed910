//! `cardea demo`: a sample issuer in a fresh data directory, with traffic, until Ctrl-C.

use super::{CommandError, init, serve};
use crate::{
    issuer::IssuerData,
    sample, server,
    traffic::{
        sample_files::DemoFile,
        simulator::{SamplePerson, Simulator, SimulatorPlan},
        terminal::Terminals,
    },
};
use clap::Args;
use features::cards::AccountWithCards;
use kernel::{Clock, DAY_US, Timestamp};
use platform::{
    clock::{SystemClock, SystemRandom},
    config::ClockMode,
    telemetry,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use vault::SoftwareCardCrypto;

/// People who have paid for all the days of a demo's past; everybody else for the last one.
const LONG_PAST_PEOPLE: usize = 20;

/// What the demo is like.
#[derive(Args, Debug, Clone)]
pub struct DemoArgs {
    /// Where to put everything: a folder that does not exist yet. Default: `data/demo-…` with the time.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// Cardholders of the sample issuer.
    #[arg(long, default_value_t = 20_000)]
    pub people: u32,
    /// Whether people pay meanwhile.
    #[arg(long, value_parser = ["on", "off"], default_value = "on")]
    pub traffic: String,
    /// Days that some of the people have paid before, so that there is something to see; none without traffic.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(0..=365))]
    pub past: u16,
    #[command(flatten)]
    pub addresses: init::Addresses,
}

/// Creates, serves, sends, until Ctrl-C.
pub async fn run(args: DemoArgs) -> Result<(), CommandError> {
    let folder = folder(&args);
    if folder.exists() {
        return Err(CommandError::Other(format!(
            "{} exists already: a demo begins in a fresh folder. Serve it again with: cardea serve --config {}",
            folder.display(),
            folder.join(init::SETTINGS).display()
        )));
    }
    let ready = init::prepare(&folder.join(init::SETTINGS), init::Kind::Demo, &args.addresses)?;
    telemetry::install_logs(&ready.config.telemetry).map_err(CommandError::other)?;
    let folder = ready.folder.clone();
    let (people, start_us) = init::sample_people(&ready.keys, args.people)?;
    let days = if args.traffic == "on" { args.past } else { 0 };
    let opened = match days {
        0 => None,
        days => Some(past(&ready, &people, start_us, days).await?),
    };
    let crypto = SoftwareCardCrypto::new(ready.keys.card_keys().clone(), Arc::new(SystemRandom));
    let terminals = Terminals::new(crypto, &people, sample::follows_mchip(&IssuerData::embedded()?));
    let assembled = server::assemble(ready.config, ready.keys, false).await?;
    let opened = match opened {
        Some(opened) => opened,
        None => sample::open(&assembled.app, &people).await?,
    };
    let demo = sample::let_in(&assembled.app, &people, &opened, &folder).await?;
    let running = assembled.listen().await?;
    super::print(&welcome(&demo, &folder));
    let address = demo.iso8583.ascii.clone();
    let traffic = (args.traffic == "on").then(|| tokio::spawn(send(address, people, terminals, start_us)));
    let ended = serve::until_end(running).await;
    if let Some(traffic) = traffic {
        traffic.abort();
    }
    ended
}

fn folder(args: &DemoArgs) -> PathBuf {
    let at = SystemClock::default().now().us() / kernel::SECOND_US;
    args.data_dir.clone().unwrap_or_else(|| PathBuf::from("data").join(format!("demo-{at}")))
}

/// Opens everybody's accounts `days` ago and lets them live until `end_us`: some for all of the days, everybody for
/// the last.
async fn past(
    ready: &init::Ready,
    people: &[SamplePerson],
    end_us: i64,
    days: u16,
) -> Result<Vec<AccountWithCards>, CommandError> {
    let mut config = ready.config.clone();
    config.clock.mode = ClockMode::Driven;
    let assembled = server::assemble(config, ready.keys.clone(), false).await?;
    let start_us = end_us.saturating_sub(i64::from(days) * DAY_US);
    assembled.begin_at(Timestamp::from_us(start_us)).await?;
    let opened = sample::open(&assembled.app, people).await?;
    let paying = paying(people);
    let last_day_us = end_us.saturating_sub(DAY_US).max(start_us);
    let few: Vec<SamplePerson> = paying.iter().take(LONG_PAST_PEOPLE).cloned().collect();
    for (people, from_us, until_us) in [(few, start_us, last_day_us), (paying, last_day_us, end_us)] {
        let plan = SimulatorPlan::usual(people.len(), from_us);
        let simulator = Simulator::with_people(sample::SEED, plan, people.into())?;
        assembled.live_through(simulator, Timestamp::from_us(until_us)).await?;
    }
    Ok(opened)
}

/// Cards of the product without rules are left alone: they are there for tests of limits.
fn paying(people: &[SamplePerson]) -> Vec<SamplePerson> {
    people.iter().filter(|person| person.product != "plain").cloned().collect()
}

/// Sends simulated payments to the server, over its own port like anybody else, in the rhythm of life.
async fn send(address: String, people: Vec<SamplePerson>, terminals: Option<Terminals>, start_us: i64) {
    let paying = paying(&people);
    let plan = SimulatorPlan::usual(paying.len(), start_us);
    let sent = match Simulator::with_people(sample::SEED, plan, paying.into()) {
        Ok(simulator) => super::simulate::live(simulator, terminals, address, start_us).await,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = sent {
        tracing::error!(%error, "the demo's traffic has ended");
    }
}

fn welcome(demo: &DemoFile, folder: &Path) -> String {
    let mut text = format!(
        "\nCardea is running with the sample issuer.\n\n  card app and desk   {}\n  API                 {}/v1/docs\n  \
         ISO 8583            {} (ascii), {} (binary bitmap), {} (bcd)\n  data                {}\n  \
         API key, cards      demo.json and cards.csv in that folder\n\nSign in (each link works once):\n",
        demo.http,
        demo.http,
        demo.iso8583.ascii,
        demo.iso8583.ascii_binary_bitmap,
        demo.iso8583.bcd,
        folder.display(),
    );
    for sign_in in &demo.sign_ins {
        text.push_str(&format!("  {:<14} {:<14} {}\n", sign_in.role, sign_in.person, sign_in.url));
    }
    text.push_str("\nCtrl-C ends it.\n");
    text
}

#[cfg(test)]
mod tests;
