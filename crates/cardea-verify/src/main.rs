//! `cardea-verify`: checks a published log from outside. Exit 0: good; 1: bad; 2: could not check.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cardea_verify::{Checkpoint, Hash, Key, NoteError, Report, Source, VerifyError};
use clap::{Args, Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Checks a published log against its key and against checkpoints that were kept elsewhere.
#[derive(Parser)]
#[command(name = "cardea-verify", version, about, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    /// The folder or the address of the published log.
    #[arg(long)]
    log: Option<String>,
    /// A file with the log's verifier key, and those of witnesses, one a line.
    #[arg(long)]
    vkey: Option<PathBuf>,
    /// A file with the API key that opens the entries over HTTP.
    #[arg(long)]
    token: Option<PathBuf>,
    /// One JSON object instead of sentences.
    #[arg(long)]
    json: bool,
    /// A checkpoint that was kept elsewhere, or a folder of them; may be given several times.
    #[arg(long)]
    checkpoint: Vec<PathBuf>,
}

#[derive(Subcommand)]
enum Part {
    /// Proves that one entry is in the log.
    Inclusion(Inclusion),
    /// Proves that one checkpoint continues another.
    Consistency(Consistency),
    /// Checks a saved proof (c2sp.org/tlog-proof), without the log.
    Proof(ProofFile),
}

#[derive(Args)]
struct Log {
    /// The folder or the address of the published log.
    #[arg(long)]
    log: String,
    /// A file with the log's verifier key, and those of witnesses, one a line.
    #[arg(long)]
    vkey: PathBuf,
    /// A file with the API key that opens the entries over HTTP.
    #[arg(long)]
    token: Option<PathBuf>,
    /// One JSON object instead of sentences.
    #[arg(long)]
    json: bool,
}

struct Whole {
    log: Log,
    checkpoint: Vec<PathBuf>,
}

#[derive(Args)]
struct Inclusion {
    #[command(flatten)]
    log: Log,
    /// The index of the entry, from 0.
    #[arg(long)]
    index: u64,
    /// A file with the entry; without it the published one.
    #[arg(long)]
    entry: Option<PathBuf>,
    /// The checkpoint to prove against; without it the published one.
    #[arg(long)]
    checkpoint: Option<PathBuf>,
}

#[derive(Args)]
struct ProofFile {
    /// The file with the proof.
    file: PathBuf,
    /// A file with the log's verifier key, and those of witnesses, one a line.
    #[arg(long)]
    vkey: PathBuf,
    /// A file with the entry; without it the one in the proof.
    #[arg(long)]
    entry: Option<PathBuf>,
    /// One JSON object instead of sentences.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Consistency {
    #[command(flatten)]
    log: Log,
    /// The older checkpoint.
    #[arg(long)]
    old: PathBuf,
    /// The newer checkpoint; without it the published one.
    #[arg(long)]
    new: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Arguments { part, log, vkey, token, json, checkpoint } = Arguments::parse();
    let done = match (part, log.zip(vkey)) {
        (Some(Part::Inclusion(part)), _) => inclusion(&part),
        (Some(Part::Consistency(part)), _) => consistency(&part),
        (Some(Part::Proof(part)), _) => proof_file(&part),
        (None, Some((log, vkey))) => check(&Whole { log: Log { log, vkey, token, json }, checkpoint }),
        (None, None) => Err(VerifyError::File("give --log and --vkey; --help says more".to_owned())),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            complain(&why);
            ExitCode::from(2)
        }
    }
}

fn check(arguments: &Whole) -> Result<bool, VerifyError> {
    let (source, keys) = arguments.log.open()?;
    let log = log_key(&keys)?;
    let mut kept = Vec::new();
    for path in &arguments.checkpoint {
        for file in files(path)? {
            kept.push(opened(&file, log)?);
        }
    }
    let report: Report = cardea_verify::check(&source, &keys, &kept)?;
    if arguments.log.json {
        say(&serde_json::to_string(&report).map_err(|why| VerifyError::File(why.to_string()))?);
    } else {
        say(&report.to_string());
    }
    // A kept checkpoint that was not seen to hold is never a good end, whatever else was found.
    Ok(report.ok && report.kept.iter().all(|kept| kept.holds))
}

fn inclusion(arguments: &Inclusion) -> Result<bool, VerifyError> {
    let (source, keys) = arguments.log.open()?;
    let checkpoint = checkpoint(&arguments.log.log, arguments.checkpoint.as_deref(), log_key(&keys)?)?;
    let entry = arguments.entry.as_deref().map(read).transpose()?;
    let proved = cardea_verify::inclusion(&source, &checkpoint, arguments.index, entry.as_deref())?;
    let what = format!("entry {} in the log of {} entries", arguments.index, checkpoint.size);
    tell(&arguments.log, &what, &proved);
    Ok(proved.0)
}

fn consistency(arguments: &Consistency) -> Result<bool, VerifyError> {
    let (source, keys) = arguments.log.open()?;
    let old = opened(&arguments.old, log_key(&keys)?)?;
    let new = checkpoint(&arguments.log.log, arguments.new.as_deref(), log_key(&keys)?)?;
    let proved = cardea_verify::consistency(&source, &old, &new)?;
    let what = format!("{} entries as the beginning of {}", old.size, new.size);
    tell(&arguments.log, &what, &proved);
    Ok(proved.0)
}

fn proof_file(arguments: &ProofFile) -> Result<bool, VerifyError> {
    let keys = Key::parse_all(&text(&arguments.vkey)?).map_err(|why| given(&arguments.vkey, why))?;
    let entry = arguments.entry.as_deref().map(read).transpose()?;
    let proved = cardea_verify::proof_file(&text(&arguments.file)?, &keys, entry.as_deref())?;
    match &proved {
        Some(proved) if arguments.json => {
            let told = serde_json::json!({
                "ok": true, "index": proved.index, "size": proved.checkpoint.size,
                "cosigned_by": proved.cosigned_by, "entry": String::from_utf8_lossy(&proved.entry),
            });
            say(&told.to_string());
        }
        Some(proved) => {
            let (index, size) = (proved.index, proved.checkpoint.size);
            say(&format!("ok: proved: entry {index} in the log of {size} entries"));
            proved.cosigned_by.iter().for_each(|name| say(&format!("cosigned by {name}")));
            say(&String::from_utf8_lossy(&proved.entry));
        }
        None if arguments.json => say(&serde_json::json!({ "ok": false }).to_string()),
        None => say("BAD: not proved"),
    }
    Ok(proved.is_some())
}

fn tell(log: &Log, what: &str, (right, proof): &(bool, Vec<Hash>)) {
    let proof: Vec<String> = proof.iter().map(|hash| STANDARD.encode(hash)).collect();
    if log.json {
        say(&serde_json::json!({ "ok": right, "proof": proof }).to_string());
    } else {
        let verdict = if *right { "ok: proved" } else { "BAD: not proved" };
        say(&format!("{verdict}: {what}"));
        proof.iter().for_each(|line| say(line));
    }
}

impl Log {
    fn open(&self) -> Result<(Source, Vec<Key>), VerifyError> {
        let token = self.token.as_deref().map(text).transpose()?.map(|token| token.trim().to_owned());
        let keys = Key::parse_all(&text(&self.vkey)?).map_err(|why| given(&self.vkey, why))?;
        Ok((Source::new(&self.log, token), keys))
    }
}

fn log_key(keys: &[Key]) -> Result<&Key, VerifyError> {
    let missing = || VerifyError::File("the file of verifier keys has none of a log".to_owned());
    keys.iter().find(|key| key.is_of_log()).ok_or_else(missing)
}

/// The checkpoint in a file, else the published one.
fn checkpoint(log: &str, file: Option<&Path>, key: &Key) -> Result<Checkpoint, VerifyError> {
    match file {
        Some(file) => opened(file, key),
        None => {
            let note = Source::new(log, None).checkpoint()?;
            let note = note.ok_or_else(|| VerifyError::File("the log has no checkpoint".to_owned()))?;
            Checkpoint::open(&note, key).map_err(|why| given(Path::new("the published checkpoint"), why))
        }
    }
}

fn opened(file: &Path, key: &Key) -> Result<Checkpoint, VerifyError> {
    Checkpoint::open(&text(file)?, key).map_err(|why| given(file, why))
}

fn given(what: &Path, why: NoteError) -> VerifyError {
    VerifyError::Given { what: what.display().to_string(), why }
}

/// The file itself, or those of a folder.
fn files(path: &Path) -> Result<Vec<PathBuf>, VerifyError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |why: std::io::Error| VerifyError::File(format!("{}: {why}", path.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        if file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>, VerifyError> {
    std::fs::read(path).map_err(|why| VerifyError::File(format!("{}: {why}", path.display())))
}

fn text(path: &Path) -> Result<String, VerifyError> {
    String::from_utf8(read(path)?).map_err(|why| VerifyError::File(format!("{}: {why}", path.display())))
}

#[expect(clippy::print_stdout, reason = "the result goes to standard output")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "the person at the terminal reads it")]
fn complain(why: &VerifyError) {
    eprintln!("cardea-verify: {why}");
}
