//! Mail against a server of other people's making (aiosmtpd): what arrives, what is put off, what is refused, and that
//! nothing that somebody typed becomes a header.

#![cfg(test)]

use connectors::mail::{Attachment, MailError, MailSetupError, Mailer};
use platform::config::{MailConfig, MailTls};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running mail server; gone with the value.
struct Server {
    child: Child,
    lines: BufReader<ChildStdout>,
    port: u16,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "tests may be pointed at another interpreter")]
fn python() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let installed = root.join("target/accept/venv/bin/python");
    let other = if installed.exists() { installed } else { PathBuf::from("python3") };
    let python = std::env::var("CARDEA_PYTHON").map_or(other, PathBuf::from);
    let found = Command::new(&python).args(["-c", "import aiosmtpd"]).output();
    assert!(
        found.is_ok_and(|output| output.status.success()),
        "{} has no aiosmtpd: `cargo accept` installs it, or set CARDEA_PYTHON",
        python.display()
    );
    python
}

impl Server {
    fn start(mode: &str, sign_in: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/server.py");
        let mut child = Command::new(python())
            .arg(script)
            .arg(mode)
            .args([&certificate, &key])
            .args(sign_in)
            .stdout(Stdio::piped())
            // It warns about what these tests want: a sign-in without TLS.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        lines.read_line(&mut port).unwrap();
        let port = port.trim().parse().expect("the server says its port");
        Self { child, lines, port, folder }
    }

    fn config(&self, tls: MailTls) -> MailConfig {
        MailConfig {
            host: Some("localhost".to_owned()),
            port: Some(self.port),
            tls,
            tls_certificate: Some(self.folder.path().join("certificate.pem")),
            from: "Qingwu Bank <notice@bank.example>".to_owned(),
            ..MailConfig::default()
        }
    }

    fn file(&self, text: &str) -> Option<PathBuf> {
        let path = self.folder.path().join("password");
        std::fs::write(&path, text).unwrap();
        Some(path)
    }

    /// The next mail that it took.
    fn taken(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect("a mail was taken")
    }
}

fn header(mail: &Value, name: &str) -> Vec<String> {
    let all = mail["headers"].as_array().unwrap().iter();
    let of = all.filter(|pair| pair[0].as_str().unwrap().eq_ignore_ascii_case(name));
    of.map(|pair| pair[1].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_arrives_as_it_was_meant_over_each_kind_of_protection() {
    for (mode, tls) in [("tls", MailTls::Tls), ("starttls", MailTls::Starttls), ("off", MailTls::Off)] {
        let mut server = Server::start(mode, Some("cardea:s3cret word"));
        let config = MailConfig {
            user: Some("cardea".to_owned()),
            password_file: server.file("s3cret word\n"),
            ..server.config(tls)
        };
        let mailer = Mailer::try_new(&config).unwrap();
        let text = "您的卡已冻结。\nSecond line, with a lone full stop:\n.\nand an end";
        let attachment = Some(Attachment { name: "检查点.txt", bytes: b"\0\r\n.\r\n\xff" });
        mailer.send("zhou@post.example", "卡片已冻结", text, attachment, "771").await.unwrap();
        let mail = server.taken();
        assert_eq!(mail["tls"], tls != MailTls::Off, "{mode}");
        assert_eq!(mail["user"], "cardea");
        assert_eq!(
            (&mail["from"], &mail["to"][0]),
            (&"notice@bank.example".into(), &"zhou@post.example".into())
        );
        assert_eq!(header(&mail, "subject"), ["卡片已冻结"]);
        assert_eq!(header(&mail, "message-id"), ["<771@bank.example>"]);
        assert_eq!(mail["text"].as_str().unwrap().replace("\r\n", "\n").trim_end(), text);
        assert_eq!(mail["files"], serde_json::json!([["检查点.txt", "000d0a2e0d0aff"]]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_typed_becomes_a_header_or_another_recipient() {
    let mut server = Server::start("off", None);
    let mailer = Mailer::try_new(&server.config(MailTls::Off)).unwrap();
    let evil = "a\r\nBcc: evil@post.example\r\nX-Evil: 1\r\n\r\nbody";
    for to in [
        "a@post.example\r\nBcc: evil@post.example",
        "a@post.example, evil@post.example",
        "a@post.example>\r\nRCPT TO:<evil@post.example",
        "not an address",
        "",
    ] {
        assert_eq!(mailer.send(to, "s", "t", None, "1").await, Err(MailError::Refused), "{to:?}");
    }
    let attachment = Some(Attachment { name: evil, bytes: b"x" });
    mailer.send("a@post.example", evil, evil, attachment, evil).await.unwrap();
    let mail = server.taken();
    assert_eq!(mail["to"], serde_json::json!(["a@post.example"]));
    assert!(header(&mail, "bcc").is_empty() && header(&mail, "x-evil").is_empty(), "{mail}");
    assert_eq!(header(&mail, "subject").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn busy_away_and_unknown_are_told_apart() {
    let server = Server::start("off", None);
    let config = server.config(MailTls::Off);
    let mailer = Mailer::try_new(&config).unwrap();
    assert_eq!(mailer.send("busy@post.example", "s", "t", None, "1").await, Err(MailError::Later));
    assert_eq!(mailer.send("gone@post.example", "s", "t", None, "1").await, Err(MailError::Refused));
    assert_eq!(mailer.send("here@post.example", "s", "t", None, "1").await, Ok(()));
    drop(server);
    assert_eq!(mailer.send("here@post.example", "s", "t", None, "1").await, Err(MailError::Later));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_loses_no_mail_and_protection_is_never_given_up() {
    let server = Server::start("off", Some("cardea:right"));
    let user = Some("cardea".to_owned());
    let wrong =
        MailConfig { user: user.clone(), password_file: server.file("wrong"), ..server.config(MailTls::Off) };
    let mailer = Mailer::try_new(&wrong).unwrap();
    assert_eq!(mailer.send("here@post.example", "s", "t", None, "1").await, Err(MailError::Later));
    // A server that speaks no TLS, or shows a certificate that nobody vouches for, gets nothing.
    for tls in [MailTls::Starttls, MailTls::Tls] {
        let mailer = Mailer::try_new(&server.config(tls)).unwrap();
        assert_eq!(
            mailer.send("here@post.example", "s", "t", None, "1").await,
            Err(MailError::Later),
            "{tls:?}"
        );
    }
    let stranger = Server::start("tls", None);
    let unknown = MailConfig { tls_certificate: None, ..stranger.config(MailTls::Tls) };
    let mailer = Mailer::try_new(&unknown).unwrap();
    assert_eq!(mailer.send("here@post.example", "s", "t", None, "1").await, Err(MailError::Later));
}

#[test]
fn wrong_settings_are_refused_by_their_names() {
    let server = Server::start("off", None);
    let good = server.config(MailTls::Tls);
    let told = |config: &MailConfig| Mailer::try_new(config).unwrap_err().to_string();
    assert!(matches!(Mailer::try_new(&MailConfig::default()), Err(MailSetupError::NoHost)));
    assert!(told(&MailConfig { from: "nobody".to_owned(), ..good.clone() }).starts_with("mail.from"));
    let user = Some("cardea".to_owned());
    assert!(
        told(&MailConfig { user: user.clone(), ..good.clone() }).starts_with("mail.user has no password")
    );
    let nowhere = Some(PathBuf::from("/nowhere/at-all"));
    let missing = MailConfig { user, password_file: nowhere.clone(), ..good.clone() };
    assert!(told(&missing).starts_with("mail.password_file"));
    assert!(told(&MailConfig { tls_certificate: nowhere, ..good }).starts_with("mail.tls_certificate"));
}

/// A checkpoint of the log comes as a file that is the note to the byte, and says nothing else of us.
#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_comes_as_a_file_and_once_more_under_the_same_id() {
    use connectors::keepers::MailKeeper;
    use platform::audit::port::Keeper;
    let note = "card.example/v1/log\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} card.example/v1/log AAAA\n";
    let mut server = Server::start("starttls", None);
    let mailer = Mailer::try_new(&server.config(MailTls::Starttls)).unwrap();
    let to = "log@auditor.example".to_owned();
    let keeper = MailKeeper::new(mailer, to, "card.example/v1/log".to_owned(), 3_600_000_000);
    assert!(!keeper.name().contains("auditor"), "whose mailbox it is stands in no metric");
    keeper.keep(7, note.to_owned()).await.unwrap();
    let first = server.taken();
    assert_eq!(header(&first, "subject"), ["Checkpoint of card.example/v1/log: 7 entries"]);
    keeper.keep(7, note.to_owned()).await.unwrap();
    let second = server.taken();
    assert_eq!(header(&first, "message-id"), header(&second, "message-id"));
    let bytes: String = note.bytes().map(|byte| format!("{byte:02x}")).collect();
    let file = serde_json::json!([["checkpoint-00000000000000000007", bytes]]);
    assert_eq!((&first["files"], &second["files"]), (&file, &file));
    drop(server);
    assert!(keeper.keep(8, note.to_owned()).await.is_err(), "nobody is there any more");
}
