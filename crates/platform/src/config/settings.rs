//! The list of every setting: the source of variable names, hints and the reference page.

use super::{ConfigError, PREFIX};
use std::fmt::Write as _;

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its key in the file, with dots.
    pub key: &'static str,
    /// What it can be.
    pub values: &'static str,
    /// What it is when nobody sets it.
    pub default: &'static str,
    /// What it does.
    pub meaning: &'static str,
    /// Whether an environment variable is read as a number.
    pub is_number: bool,
}

const fn text(
    key: &'static str,
    values: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Setting {
    Setting { key, values, default, meaning, is_number: false }
}

const fn number(
    key: &'static str,
    values: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Setting {
    Setting { key, values, default, meaning, is_number: true }
}

/// Every setting, in the order of the reference page.
pub const SETTINGS: &[Setting] = &[
    text(
        "environment",
        "demo or live",
        "live",
        "A demo has sign-in links, a file of the messages it sends, and a clock that can be moved.",
    ),
    text(
        "data_dir",
        "a directory",
        "cardea-data",
        "Where everything is kept that is not in a server database.",
    ),
    text(
        "database.url",
        "sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME",
        "`cardea.sqlite` in the data directory",
        "The database.",
    ),
    text("http.listen", "an address and a port", "127.0.0.1:8080", "Where pages and the API are served."),
    text(
        "http.public_url",
        "http:// or https://, a host, and no slash at the end",
        "http://localhost:8080",
        "The address that people type. With https, cookies are marked secure and browsers are told to stay with https.",
    ),
    text(
        "http.tls_certificate",
        "a PEM file",
        "none",
        "The certificate chain for TLS. Without it, plain HTTP is served: put a proxy that speaks TLS before it.",
    ),
    text("http.tls_key", "a PEM file", "none", "The key of the certificate."),
    number(
        "http.connections_max",
        "a whole number from 1",
        "1024",
        "Connections served at the same time; more wait.",
    ),
    text(
        "iso8583.ascii",
        "an address and a port, or off",
        "127.0.0.1:8583",
        "ISO 8583, everything in ASCII.",
    ),
    text(
        "iso8583.ascii_binary_bitmap",
        "an address and a port, or off",
        "127.0.0.1:8584",
        "ISO 8583, ASCII with binary bitmap and binary fields.",
    ),
    text(
        "iso8583.bcd",
        "an address and a port, or off",
        "127.0.0.1:8585",
        "ISO 8583, lengths and numbers in BCD.",
    ),
    text(
        "clock.mode",
        "system or driven",
        "system",
        "Driven: the payments that come in move the clock, for replays of old data. Only in a demo.",
    ),
    number(
        "engine.batch_max",
        "a whole number from 1",
        "1024",
        "Authorizations decided in one commit, at most.",
    ),
    number("engine.batch_wait_us", "a whole number", "300", "How long a batch waits for more, microseconds."),
    number(
        "engine.queue_max",
        "a whole number from 1",
        "65536",
        "Authorizations that wait, at most; more are answered with an overload at once.",
    ),
    number(
        "engine.deadline_ms",
        "a whole number from 1",
        "8000",
        "A request older than this is never approved, milliseconds.",
    ),
    number(
        "engine.skew_seconds_max",
        "a whole number",
        "600",
        "How far the time in a message may be from ours before the time of arrival is used, seconds.",
    ),
    text("log.folder", "a directory", "`log` in the data directory", "Where the log is published as files."),
    text(
        "log.origin",
        "a name such as card.example/v1/log",
        "as at the first start: host of http.public_url and /v1/log",
        "The log's name, a part of every checkpoint. It can't be changed later.",
    ),
    number(
        "log.checkpoint_seconds",
        "a whole number from 1 to 60",
        "5",
        "Least time between two checkpoints of a log that grows, seconds.",
    ),
    text(
        "log.witnesses",
        "a list of KEY ADDRESS, where KEY is name+id+base64 and ADDRESS starts with http:// or https://",
        "none",
        "Who cosigns checkpoints (C2SP tlog-witness). In the variable, commas stand between them. See log.md.",
    ),
    number(
        "log.witness_quorum",
        "a whole number from 1 to the number of witnesses",
        "all of them",
        "How many witnesses a checkpoint must have; with fewer for five minutes, health is degraded.",
    ),
    text(
        "log.copies",
        "a list of folders, addresses that start with https:// (http:// only with localhost), and mail addresses after mailto:",
        "none",
        "Where copies of checkpoints are kept off this host. In the variable, commas stand between them. See log.md.",
    ),
    text(
        "log.copy_token_file",
        "a file",
        "none",
        "What is sent as bearer token with each copy to an address.",
    ),
    number(
        "log.copy_seconds",
        "a whole number from 1",
        "60",
        "Least time between two copies to a folder or an address, seconds.",
    ),
    number(
        "log.copy_mail_minutes",
        "a whole number from 1",
        "60",
        "Least time between two copies by mail, minutes.",
    ),
    number(
        "reveals.staff_per_hour",
        "a whole number",
        "20",
        "Full values (card number, phone, mail, document number) that one member of staff may be shown in an hour.",
    ),
    number(
        "reveals.cardholder_per_hour",
        "a whole number",
        "10",
        "Full numbers of their own cards that a cardholder may be shown in an hour.",
    ),
    number(
        "reveals.shown_seconds",
        "a whole number from 1",
        "30",
        "How long a full value stands on the screen, seconds.",
    ),
    number(
        "staff.matter_minutes",
        "a whole number from 1",
        "30",
        "After how long a call or case that staff opened for a customer ends by itself, minutes.",
    ),
    number(
        "staff.emergency_minutes",
        "a whole number from 1",
        "60",
        "How long a record stays open that staff opened for an emergency, minutes.",
    ),
    number(
        "staff.records_per_hour",
        "a whole number from 1",
        "20",
        "Customers whose record one member of staff may open in an hour.",
    ),
    number(
        "staff.searches_per_hour",
        "a whole number from 1",
        "60",
        "Searches for customers that one member of staff may make in an hour.",
    ),
    number(
        "staff.request_hours",
        "a whole number from 1",
        "24",
        "After how long a request lapses that nobody has decided, hours.",
    ),
    text(
        "access.roles_file",
        "a TOML file",
        "none",
        "Which roles keep which permission: under `[permissions]` a name of docs/reference/permissions.md and fewer roles than it has there. What would give more stops the start; `examples/issuer/roles.toml` is one.",
    ),
    text(
        "identity.policy_file",
        "a TOML file",
        "the policy in the program",
        "The issuer's own policy of proofs, in the form of `crates/features/src/identity/rules/policy.toml`. One that is weaker anywhere stops the start.",
    ),
    text(
        "oidc.issuer",
        "an address",
        "none",
        "The OpenID Connect provider with which staff can sign in, exactly as its tokens say it.",
    ),
    text(
        "oidc.client_id",
        "a text",
        "none",
        "The name of this issuer at the provider; set it with oidc.issuer.",
    ),
    text(
        "oidc.client_secret_file",
        "a file",
        "none",
        "The file with the secret of this issuer at the provider.",
    ),
    text(
        "oidc.acr",
        "a text",
        "none",
        "What a token must say in acr to count as two proofs. Without it a sign-in counts as one.",
    ),
    text(
        "mail.host",
        "the name of a mail server",
        "none",
        "Where mail to customers goes out. Without it nothing is mailed.",
    ),
    number("mail.port", "a port", "465, 587 or 25, by mail.tls", "Its port."),
    text(
        "mail.tls",
        "tls, starttls or off",
        "tls",
        "How the connection is protected. Off: only to a server on this machine.",
    ),
    text(
        "mail.tls_certificate",
        "a PEM file",
        "none",
        "A certificate that is trusted beside those of public authorities: of a mail server of one's own.",
    ),
    text(
        "mail.from",
        "a mail address, with or without a name",
        "none",
        "Where mail comes from; set it with mail.host.",
    ),
    text("mail.user", "a text", "none", "The name to sign in with, where the server asks for one."),
    text(
        "mail.password_file",
        "a file",
        "the systemd credential mail-password",
        "The file with the password of mail.user.",
    ),
    text("telemetry.format", "text or json", "text", "How log lines look."),
    text("telemetry.level", "a filter such as info or warn,platform=debug", "info", "What is logged."),
    text(
        "keys.module",
        "software or pkcs11",
        "software",
        "Where master, look-up and signing keys are: in the key file, or in a PKCS#11 token. See keys.md.",
    ),
    text("keys.file", "a file", "`keys.cardea` in the data directory", "The keys of the issuer."),
    text("keys.token_library", "a shared library", "none", "The PKCS#11 library of the token."),
    text("keys.token_label", "a text", "cardea", "The label of the token."),
    number(
        "keys.rotate_rows_per_second",
        "a whole number from 1",
        "500",
        "Rows whose data key a rotation of the master key wraps anew, a second at most.",
    ),
];

impl Setting {
    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.key.replace('.', "_").to_uppercase())
    }
}

/// The setting that an environment variable means. Sections and names may be joined by one underscore
/// or by two: `CARDEA_DATABASE_URL` and `CARDEA_DATABASE__URL` are the same.
pub(super) fn key_of_variable(variable: &str) -> Result<&'static Setting, ConfigError> {
    let plain = variable.replace("__", "_");
    SETTINGS.iter().find(|setting| setting.variable() == plain).ok_or_else(|| {
        let key = plain.strip_prefix(PREFIX).unwrap_or(&plain).to_lowercase();
        ConfigError::Unknown {
            key: variable.to_owned(),
            place: "the environment".to_owned(),
            nearest: nearest(&key.replacen('_', ".", 1)).or_else(|| nearest(&key)),
        }
    })
}

/// The known key that looks most like `key`; `None` when none looks much like it.
pub(super) fn nearest(key: &str) -> Option<&'static str> {
    let name = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let distance = |known: &&Setting| edits(known.key, key).min(1 + edits(&name(known.key), &name(key)));
    let best = SETTINGS.iter().min_by_key(distance)?;
    (distance(&best) <= 1 + key.len() / 3).then_some(best.key)
}

/// How many letters must be changed, added or removed to make `a` from `b` (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (y, pair) in b.iter().zip(row.windows(2)) {
            let (diagonal, above) = (pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0));
            let left = next.last().copied().unwrap_or(0);
            next.push((diagonal + usize::from(x != *y)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// The page `docs/operating/configuration.md`.
pub fn reference_markdown() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         `cardea serve --config FILE` reads a TOML file. Each setting is also an environment variable, which\n\
         wins over the file. A key or a `CARDEA_…` variable that is not in this table stops the start.\n\n\
         This page is made from `crates/platform/src/config/settings.rs`; a test compares them.\n\n\
         | key | variable | values | default | meaning |\n|---|---|---|---|---|\n",
    );
    for setting in SETTINGS {
        let Setting { key, values, default, meaning, .. } = setting;
        // Writing to a String can't fail.
        let _ = writeln!(page, "| `{key}` | `{}` | {values} | {default} | {meaning} |", setting.variable());
    }
    page.push_str(
        "\nWith TLS, by a certificate here or by a proxy before it, set `http.public_url` to the https address: cookies\n\
         are then marked secure. `/metrics` has no sign-in; let a proxy or firewall refuse it from outside.\n",
    );
    page
}
