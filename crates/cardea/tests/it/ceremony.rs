//! The ceremony of the keys through the program itself: made in a token (SoftHSM2) or dealt as shares, served, rotated,
//! started again; and each wrong key, share or token refused by its name before anything is opened.

use crate::http::{self, Answer};
use crate::server::{binary, poll, variable};
use connectors::pkcs11::TokenModule;
use kernel::{Actor, Channel, IdMint, Secret};
use platform::access::new_api_key;
use platform::clock::{SystemClock, SystemRandom};
use platform::db::Db;
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use vault::{
    ChipData, ChipProfile, CryptogramRequest, CryptogramVersion, KeyFile, Pan, SoftwareCardCrypto, Unseal,
};

const PIN: &str = "648219";
const LIBRARIES: [&str; 2] =
    ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];

/// An issuer in a folder: settings, a folder of credentials, and a store of tokens of its own.
struct Issuer {
    folder: tempfile::TempDir,
    http: SocketAddr,
}

impl Issuer {
    fn new(keys: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["data", "credentials"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let own = Self { http: free.local_addr().unwrap(), folder };
        let data = own.folder.path().join("data");
        let settings = format!(
            "environment = \"demo\"\ndata_dir = {data:?}\n\n[http]\nlisten = \"{0}\"\npublic_url = \"http://localhost:{1}\"\n\n\
             [iso8583]\nascii = \"off\"\nascii_binary_bitmap = \"off\"\nbcd = \"off\"\n\n[telemetry]\nlevel = \"warn\"\n\n[keys]\n{keys}",
            own.http,
            own.http.port(),
        );
        std::fs::write(own.settings(), settings).unwrap();
        own
    }

    fn settings(&self) -> PathBuf {
        self.folder.path().join("cardea.toml")
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("data/keys.cardea")
    }

    fn credential(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join("credentials").join(name), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).env_clear().stdin(Stdio::null());
        command.env("CREDENTIALS_DIRECTORY", self.folder.path().join("credentials"));
        command.env("SOFTHSM2_CONF", token_store());
        command
    }

    /// Runs the program to its end; the settings are named where the command takes them.
    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).args(["--config", self.settings().to_str().unwrap()]).output().unwrap()
    }

    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    /// What the program says when it refuses.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{arguments:?} was not refused");
        assert!(!said.contains(PIN) && !said.contains("panicked"), "{said}");
        said
    }

    fn serve(&self) -> Serving {
        let log = std::fs::File::create(self.folder.path().join("serve.txt")).unwrap();
        let mut command = self.command(&["serve", "--config", self.settings().to_str().unwrap()]);
        let mut child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let ready = poll(|| {
            let ended = child.try_wait().unwrap().map(|_| false);
            ended.or_else(|| {
                http::get(self.http, "/readyz").ok().filter(|one| one.status == 200).map(|_| true)
            })
        });
        let said = std::fs::read_to_string(self.folder.path().join("serve.txt")).unwrap_or_default();
        assert_eq!(ready, Some(true), "{said}");
        Serving(child)
    }

    /// A key of the API, made beside the program.
    fn api_key(&self) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let data = std::fs::read_dir(self.folder.path().join("data")).unwrap().map(|one| one.unwrap().path());
        let database =
            data.into_iter().find(|path| path.extension().is_some_and(|end| end == "db" || end == "sqlite"));
        runtime.block_on(async {
            let url = format!("sqlite://{}", database.unwrap().display());
            let db =
                Db::connect(&url, Arc::new(SystemClock::default()), Arc::new(IdMint::new(9))).await.unwrap();
            let made = new_api_key(&db, &SystemRandom, Actor::System, Channel::Console, "test", &["*"]).await;
            made.unwrap().token.expose().to_owned()
        })
    }

    fn post(&self, key: &str, path: &str, body: &Value) -> Answer {
        let name = format!("{:x}", kernel::Random::next_u64(&SystemRandom));
        let bearer = format!("Bearer {key}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("idempotency-key", &name),
            ("content-type", "application/json"),
        ];
        http::send(self.http, &format!("POST {path}"), &headers, body.to_string().as_bytes()).unwrap()
    }
}

/// A running server, gone at the end.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A customer with one card whose chip we have.
struct Holder {
    key: String,
    customer: String,
    card: Pan,
    crypto: SoftwareCardCrypto,
    counter: u16,
}

impl Holder {
    fn open(issuer: &Issuer, file: &KeyFile) -> Self {
        let key = issuer.api_key();
        let id = |answer: Answer| {
            assert_eq!(answer.status, 201, "{}", answer.text());
            answer.json()["id"].as_str().unwrap().to_owned()
        };
        let person = json!({
            "name": "周明慧", "name_latin": "Zhou Minghui", "language": "zh-Hans", "phone": "+8610000000001",
            "email": "zhou.minghui@example.com", "address": "18 Wutong Road", "city": "Shanghai", "country": 156,
        });
        let customer = id(issuer.post(&key, "/v1/customers", &person));
        let limit = json!({ "value": "1000.00", "currency": "CNY" });
        let body = json!({ "customer": customer, "product": "plain", "limit": limit });
        let account = id(issuer.post(&key, "/v1/accounts", &body));
        let card = Pan::with_check_digit("900001210000001").unwrap();
        let body = json!({ "card_number": card.expose(), "expiry": "2030-12" });
        id(issuer.post(&key, &format!("/v1/accounts/{account}/cards"), &body));
        let crypto = SoftwareCardCrypto::new(file.contents().card_keys.clone(), Arc::new(SystemRandom));
        Self { key, customer, card, crypto, counter: 0 }
    }

    /// Pays with the chip, and reads the customer's sealed data.
    fn pays(&mut self, issuer: &Issuer) {
        self.counter += 1;
        let mut chip = ChipData {
            amount: [0, 0, 0, 0, 1, 0],
            other_amount: [0; 6],
            country: [1, 0x56],
            terminal_results: [0, 0, 0, 0x80, 0],
            currency: [1, 0x56],
            date: [0x26, 7, 4],
            kind: [0],
            unpredictable: [1, 2, 3, 4],
            profile: [0x39, 0],
            atc: self.counter.to_be_bytes(),
            issuer_data: vec![6, 1, 0x12, 3, 0xA0, 0, 0],
            cryptogram: [0; 8],
            information: Some(0x80),
            psn: Some(1),
        };
        let profile = ChipProfile::usual(CryptogramVersion::Visa18, 1);
        let request = CryptogramRequest { profile, pan: &self.card, psn: 1, chip: &chip };
        chip.cryptogram = self.crypto.chip_cryptogram(&request).unwrap();
        let data: String = chip.to_field().iter().map(|byte| format!("{byte:02x}")).collect();
        let body = json!({
            "card_number": self.card.expose(), "expiry": "2030-12", "chip_data": data, "entry_mode": "chip",
            "amount": { "minor": 100, "currency": "CNY" }, "merchant": { "id": "M1", "mcc": 5411 },
        });
        let answer = issuer.post(&self.key, "/v1/authorizations", &body);
        assert_eq!((answer.status, &answer.json()["reason"]), (201, &json!("approved")), "{}", answer.text());
        assert!(answer.header("chip-data").is_some(), "the issuer answers the chip");
        let bearer = format!("Bearer {}", self.key);
        let path = format!("GET /v1/customers/{}", self.customer);
        let read = http::send(issuer.http, &path, &[("authorization", &bearer)], b"").unwrap();
        assert_eq!(read.json()["email"], "z***@example.com", "{}", read.text());
    }
}

fn library() -> &'static Path {
    let found = LIBRARIES.iter().map(Path::new).find(|path| path.is_file());
    found.expect("SoftHSM2 is installed: cargo accept does it")
}

/// Where SoftHSM2 is told to keep its tokens; `.cargo/config.toml` says it to tests, and they make it.
fn token_store() -> PathBuf {
    let settings = PathBuf::from(variable("SOFTHSM2_CONF").expect("cargo sets SOFTHSM2_CONF"));
    let folder = settings.parent().unwrap().to_owned();
    if !settings.exists() {
        std::fs::create_dir_all(folder.join("tokens")).unwrap();
        let tokens = folder.join("tokens");
        let text = format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display());
        // Another test may write the same text: the rename makes it whole for each.
        let own = folder.join(format!("ceremony-{}.conf", std::process::id()));
        std::fs::write(&own, text).unwrap();
        std::fs::rename(&own, &settings).unwrap();
    }
    settings
}

fn in_token(label: &str) -> String {
    format!("module = \"pkcs11\"\ntoken_library = {:?}\ntoken_label = \"{label}\"\n", library())
}

/// An initialised token without keys; its label.
fn new_token() -> String {
    let label = label();
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", &label, "--so-pin", "12345678", "--pin", PIN])
        .env("SOFTHSM2_CONF", token_store())
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    label
}

/// A label that no token has yet.
fn label() -> String {
    format!("ceremony-{:x}", kernel::Random::next_u64(&SystemRandom))
}

fn use_token(issuer: &Issuer, label: &str) {
    let text = std::fs::read_to_string(issuer.settings()).unwrap();
    let lines = text.lines().map(|line| match line.starts_with("token_label") {
        true => format!("token_label = \"{label}\"\n"),
        false => format!("{line}\n"),
    });
    std::fs::write(issuer.settings(), lines.collect::<String>()).unwrap();
}

#[test]
fn keys_in_a_token_from_their_making_to_a_start_after_their_rotation() {
    let missing = label();
    let issuer = Issuer::new(&in_token(&missing));
    issuer.credential("cardea-token-pin", PIN);
    let said = issuer.refused(&["keys", "create", "--by", "token"]);
    assert!(said.contains(&missing), "a token that is not there is named: {said}");
    let (first, second) = (new_token(), new_token());
    use_token(&issuer, &first);
    issuer.done(&["keys", "create", "--by", "token"]);

    let serving = issuer.serve();
    let module = TokenModule::open(library(), &first, &Secret::new(PIN.to_owned())).unwrap();
    let file = KeyFile::open(&issuer.key_file(), &Unseal::Token(&module)).unwrap();
    let mut holder = Holder::open(&issuer, &file);
    holder.pays(&issuer);
    let said = issuer.done(&["keys", "rotate"]);
    assert!(said.contains("master key 2"), "{said}");
    holder.pays(&issuer);
    let status: Value = serde_json::from_str(&issuer.done(&["keys", "status", "--json"])).unwrap();
    assert!(status.to_string().contains("\"version\":2"), "{status}");
    drop(serving);

    // Started again with another PIN, with a label that no token has, and with a token that has no keys.
    issuer.credential("cardea-token-pin", "111111");
    let said = issuer.refused(&["serve"]);
    assert!(said.contains("PIN is wrong") && !said.contains("111111"), "{said}");
    issuer.credential("cardea-token-pin", PIN);
    use_token(&issuer, &missing);
    assert!(issuer.refused(&["serve"]).contains(&missing));
    use_token(&issuer, &second);
    let said = issuer.refused(&["serve"]);
    assert!(said.contains(&second), "a token without the keys is named: {said}");
    // A token with keys of its own, and the key file that belongs to them: only the database tells.
    let kept = std::fs::read(issuer.key_file()).unwrap();
    std::fs::remove_file(issuer.key_file()).unwrap();
    issuer.done(&["keys", "create", "--by", "token"]);
    let said = issuer.refused(&["serve"]);
    assert!(said.contains("master key") || said.contains("key 1"), "{said}");
    std::fs::write(issuer.key_file(), kept).unwrap();

    use_token(&issuer, &first);
    let serving = issuer.serve();
    holder.pays(&issuer);
    drop(serving);
}

#[test]
fn keys_by_shares_and_a_share_of_another_set() {
    let issuer = Issuer::new("");
    let out = issuer.folder.path().join("shares");
    let other = issuer.folder.path().join("others");
    let deal = |into: &Path| {
        ["--threshold", "2", "--shares", "3", "--out", into.to_str().unwrap()].map(str::to_owned)
    };
    let with = |first: &[&str], more: &[String]| {
        let all: Vec<&str> = first.iter().copied().chain(more.iter().map(String::as_str)).collect();
        issuer.done(&all)
    };
    with(&["keys", "create", "--by", "shares"], &deal(&out));
    let shares = |folder: &Path| -> Vec<PathBuf> {
        let mut all: Vec<_> = std::fs::read_dir(folder).unwrap().map(|one| one.unwrap().path()).collect();
        all.sort();
        all
    };
    let text = |path: &Path| std::fs::read_to_string(path).unwrap().trim().to_owned();
    let old = shares(&out);
    assert_eq!(old.len(), 3);

    issuer.credential("cardea-keys", &text(&old[0]));
    let said = issuer.refused(&["serve"]);
    assert!(said.contains("share") && !said.contains(&text(&old[0])), "one is too few: {said}");
    issuer.credential("cardea-keys", &format!("{}\n{}\n", text(&old[2]), text(&old[0])));
    drop(issuer.serve());

    // A holder is replaced: new shares for all.
    let given = [format!("--share={}", old[0].display()), format!("--share={}", old[1].display())];
    let replaced: Vec<String> = given.iter().cloned().chain(deal(&other)).collect();
    with(&["keys", "replace"], &replaced);
    let new = shares(&other);
    let set = |path: &Path| path.file_name().unwrap().to_str().unwrap().split('-').nth(1).unwrap().to_owned();
    issuer.credential("cardea-keys", &format!("{}\n{}\n", text(&new[0]), text(&old[1])));
    let said = issuer.refused(&["serve"]);
    assert!(said.contains(&set(&old[1])), "the share of the other set is named: {said}");
    assert!(new.iter().chain(&old).all(|path| !said.contains(&text(path))), "{said}");
    issuer.credential("cardea-keys", &format!("{}\n{}\n", text(&old[0]), text(&old[1])));
    assert!(issuer.refused(&["serve"]).contains(&set(&old[0])), "shares from before open nothing");
    issuer.credential("cardea-keys", &format!("{}\n{}\n", text(&new[1]), text(&new[2])));
    drop(issuer.serve());
}

#[test]
fn a_backup_of_another_issuer_is_refused_by_the_name_of_its_key() {
    let (theirs, ours) = (Issuer::new(""), Issuer::new(""));
    for issuer in [&theirs, &ours] {
        issuer.done(&["keys", "create", "--by", "nothing"]);
    }
    drop(theirs.serve());
    let bundle = theirs.folder.path().join("theirs.backup");
    let bundle = bundle.to_str().unwrap();
    theirs.done(&["backup", "--to", bundle]);
    // Whole, so it can be put into an empty database; but the keys there are not those that it was written with.
    ours.done(&["restore", bundle]);
    let said = ours.refused(&["serve"]);
    assert!(said.contains("is not the one with which this database was written"), "{said}");
    // Cut short, it is refused before anything is written.
    let bytes = std::fs::read(bundle).unwrap();
    let cut = ours.folder.path().join("cut.backup");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let output = ours.command(&["restore", cut.to_str().unwrap(), "--check"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("damaged"), "{said}");
}
