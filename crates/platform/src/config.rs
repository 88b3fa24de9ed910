//! The settings of a server: one TOML file, each setting also as an environment variable.
//!
//! [`SETTINGS`] is the one list of what can be set: the names of the variables, the nearest-name hint
//! of an error and `docs/operating/configuration.md` all come from it, and a test holds it against the
//! structs below. Anything unknown stops the start, in the file and among `CARDEA_…` variables alike:
//! a misspelled limit must not silently be the default.
//!
//! Errors name the key and the place and never quote a value: a database address holds a password.
//! Not here: business rules and products, which belong to the issuer's own files.

mod error;
mod log;
mod settings;
#[cfg(test)]
mod tests;

pub use error::ConfigError;
pub use log::{CopyTo, Listed, LogConfig, WitnessAt};
pub use settings::{SETTINGS, Setting, reference_markdown};

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use kernel::Secret;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// What starts every environment variable of ours.
const PREFIX: &str = "CARDEA_";
/// Variables of the tests; a server started by a test may inherit them.
const TEST_PREFIX: &str = "CARDEA_TEST_";
/// What the acceptance run tells its tests: where the tools are and how long to try.
const RUNNER: [&str; 7] = [
    "CARDEA_BIN",
    "CARDEA_BLESS",
    "CARDEA_CHROMEDRIVER",
    "CARDEA_FUZZ_SECONDS",
    "CARDEA_KILLS",
    "CARDEA_PROVIDER_PYTHON",
    "CARDEA_PYTHON",
];

/// Every setting.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `demo` or `live`.
    pub environment: Environment,
    /// Where everything that is not in a server database is kept.
    pub data_dir: PathBuf,
    /// The database.
    pub database: DatabaseConfig,
    /// Web pages and the API.
    pub http: HttpConfig,
    /// The payment network.
    pub iso8583: Iso8583Config,
    /// The clock.
    pub clock: ClockConfig,
    /// The authorization engine.
    pub engine: EngineConfig,
    /// The log anybody can check.
    pub log: LogConfig,
    /// Showing full values to people.
    pub reveals: RevealsConfig,
    /// What bounds staff.
    pub staff: StaffConfig,
    /// Who may do what.
    pub access: AccessConfig,
    /// What is taken as a proof.
    pub identity: IdentityConfig,
    /// The outside identity provider of staff.
    pub oidc: OidcConfig,
    /// Mail to customers.
    pub mail: MailConfig,
    /// Logs.
    pub telemetry: TelemetryConfig,
    /// The keys of the issuer.
    pub keys: KeysConfig,
}

/// Whether real people are served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// A sample issuer: sign-in links, the file sink of messages and a movable clock exist.
    Demo,
    /// Real people.
    #[default]
    Live,
}

/// See [`Config::database`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// `sqlite://PATH` or `postgres://…`; empty for a SQLite file in the data directory.
    pub url: Option<Secret<String>>,
}

/// See [`Config::http`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Address and port to listen on.
    pub listen: String,
    /// The address that people type, without a slash at its end.
    pub public_url: String,
    /// The certificate chain (PEM) for TLS; with it comes [`Self::tls_key`].
    pub tls_certificate: Option<PathBuf>,
    /// The key of the certificate (PEM).
    pub tls_key: Option<PathBuf>,
    /// Connections served at the same time, at most.
    pub connections_max: u32,
}

/// See [`Config::iso8583`]: one address a dialect, or `off`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Iso8583Config {
    /// Everything in ASCII.
    pub ascii: Listen,
    /// ASCII with binary bitmap and binary fields.
    pub ascii_binary_bitmap: Listen,
    /// Lengths and numbers in BCD.
    pub bcd: Listen,
}

/// An address to listen on, or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Listen(pub Option<String>);

/// See [`Config::clock`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClockConfig {
    /// `system` or `driven`.
    pub mode: ClockMode,
}

/// Who moves the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockMode {
    /// The machine.
    #[default]
    System,
    /// The payments that come in: for replays of old data.
    Driven,
}

/// See [`Config::reveals`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RevealsConfig {
    /// Values that one member of staff may be shown in an hour.
    pub staff_per_hour: u32,
    /// Values of their own that a cardholder may be shown in an hour.
    pub cardholder_per_hour: u32,
    /// How long a value stands on the screen, seconds.
    pub shown_seconds: u32,
}

impl Default for RevealsConfig {
    fn default() -> Self {
        Self { staff_per_hour: 20, cardholder_per_hour: 10, shown_seconds: 30 }
    }
}

/// See [`Config::access`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccessConfig {
    /// The file that takes permissions away from roles.
    pub roles_file: Option<PathBuf>,
}

/// See [`Config::identity`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityConfig {
    /// The issuer's own policy of proofs, nowhere weaker than the one in the program.
    pub policy_file: Option<PathBuf>,
}

/// See [`Config::oidc`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OidcConfig {
    /// The provider's address, exactly as its tokens say it; without it there is no provider.
    pub issuer: Option<String>,
    /// Our name there.
    pub client_id: String,
    /// The file with our secret there.
    pub client_secret_file: Option<PathBuf>,
    /// What a token must say in `acr` to count as two proofs.
    pub acr: Option<String>,
}

/// See [`Config::staff`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StaffConfig {
    /// After how long a matter ends by itself, minutes.
    pub matter_minutes: u32,
    /// How long a record stays open that was opened for an emergency, minutes.
    pub emergency_minutes: u32,
    /// Customers whose record one member of staff may open in an hour.
    pub records_per_hour: u32,
    /// Searches for customers that one member of staff may make in an hour.
    pub searches_per_hour: u32,
    /// After how long a request that nobody decided lapses, hours.
    pub request_hours: u32,
}

impl Default for StaffConfig {
    fn default() -> Self {
        Self {
            matter_minutes: 30,
            emergency_minutes: 60,
            records_per_hour: 20,
            searches_per_hour: 60,
            request_hours: 24,
        }
    }
}

/// See [`Config::mail`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// The mail server; without it nothing is mailed.
    pub host: Option<String>,
    /// Its port; empty for the usual one of [`Self::tls`].
    pub port: Option<u16>,
    /// How the connection is protected.
    pub tls: MailTls,
    /// A certificate (PEM) that is trusted beside those of public authorities: of a server of one's own.
    pub tls_certificate: Option<PathBuf>,
    /// The address that mail comes from, with or without a name.
    pub from: String,
    /// The name to sign in with; empty for a server that asks for none.
    pub user: Option<String>,
    /// The file with its password; empty for the systemd credential `mail-password`.
    pub password_file: Option<PathBuf>,
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// From its first byte.
    #[default]
    Tls,
    /// After a first word in clear; refused where the server does not offer it.
    Starttls,
    /// Not at all: for a server on this machine only.
    Off,
}

impl MailTls {
    /// The usual port.
    pub const fn port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::Starttls => 587,
            Self::Off => 25,
        }
    }
}

impl MailConfig {
    /// What can't be, as key and what is expected.
    fn refusal(&self) -> Option<(&'static str, &'static str)> {
        let host = self.host.as_deref()?;
        let here = ["localhost", "127.0.0.1", "::1"].contains(&host);
        if host.trim().is_empty() {
            return Some(("mail.host", "the name of a mail server"));
        }
        if !self.from.contains('@') {
            return Some(("mail.from", "a mail address, where mail.host is set"));
        }
        if self.tls == MailTls::Off && !here {
            return Some(("mail.tls", "tls or starttls, where the mail server is another machine"));
        }
        if self.port == Some(0) {
            return Some(("mail.port", "a port from 1 to 65535"));
        }
        if self.password_file.is_some() && self.user.is_none() {
            return Some(("mail.user", "set together with mail.password_file"));
        }
        None
    }
}

/// See [`Config::engine`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineConfig {
    /// Authorizations decided in one commit, at most.
    pub batch_max: u32,
    /// How long a batch waits for more, microseconds.
    pub batch_wait_us: u32,
    /// Authorizations that wait, at most; more are answered "overload" at once.
    pub queue_max: u32,
    /// A request older than this is never approved, milliseconds.
    pub deadline_ms: u32,
    /// How far the time in a message may be from ours, seconds.
    pub skew_seconds_max: u32,
}

/// See [`Config::telemetry`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetryConfig {
    /// `text` or `json`.
    pub format: LogFormat,
    /// A filter of tracing-subscriber: `info`, `warn,platform=debug`.
    pub level: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// See [`Config::keys`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeysConfig {
    /// Where master, look-up and signing keys are.
    pub module: KeyModuleKind,
    /// The file with the keys; empty for `keys.cardea` in the data directory.
    pub file: Option<PathBuf>,
    /// The PKCS#11 library, where the keys are in a token.
    pub token_library: Option<PathBuf>,
    /// The token's label.
    pub token_label: String,
    /// Rows whose data key a rotation wraps anew, a second at most.
    pub rotate_rows_per_second: u32,
}

impl Default for KeysConfig {
    fn default() -> Self {
        Self {
            module: KeyModuleKind::Software,
            file: None,
            token_library: None,
            token_label: "cardea".to_owned(),
            rotate_rows_per_second: 500,
        }
    }
}

/// Where master, look-up and signing keys are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyModuleKind {
    /// In the key file and in memory.
    #[default]
    Software,
    /// In a token; the key file has the card keys only.
    Pkcs11,
}

/// The text of a systemd credential of this name, without space around it; `None` where there is none. systemd
/// puts credentials into a folder that only the service can read (`LoadCredentialEncrypted=`).
///
/// # Errors
/// The credential is there and can't be read.
pub fn credential(name: &str) -> std::io::Result<Option<Secret<String>>> {
    let Some(folder) = std::env::var_os("CREDENTIALS_DIRECTORY") else { return Ok(None) };
    match std::fs::read_to_string(Path::new(&folder).join(name)) {
        Ok(text) => {
            let text = Secret::new(text);
            Ok(Some(Secret::new(text.expose().trim().to_owned())))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            environment: Environment::Live,
            data_dir: PathBuf::from("cardea-data"),
            database: DatabaseConfig::default(),
            http: HttpConfig::default(),
            iso8583: Iso8583Config::default(),
            clock: ClockConfig::default(),
            engine: EngineConfig::default(),
            log: LogConfig::default(),
            reveals: RevealsConfig::default(),
            staff: StaffConfig::default(),
            access: AccessConfig::default(),
            identity: IdentityConfig::default(),
            oidc: OidcConfig::default(),
            mail: MailConfig::default(),
            telemetry: TelemetryConfig::default(),
            keys: KeysConfig::default(),
        }
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            public_url: "http://localhost:8080".to_owned(),
            tls_certificate: None,
            tls_key: None,
            connections_max: 1024,
        }
    }
}

impl Default for Iso8583Config {
    fn default() -> Self {
        let at = |port: u16| Listen(Some(format!("127.0.0.1:{port}")));
        Self { ascii: at(8583), ascii_binary_bitmap: at(8584), bcd: at(8585) }
    }
}

impl From<String> for Listen {
    fn from(text: String) -> Self {
        Self((text != "off").then_some(text))
    }
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            batch_max: 1024,
            batch_wait_us: 300,
            queue_max: 65_536,
            deadline_ms: 8_000,
            skew_seconds_max: 600,
        }
    }
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".to_owned() }
    }
}

impl Config {
    /// Reads the file (none: defaults) and the `CARDEA_…` variables of the process, which win.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let text = match path {
            None => String::new(),
            Some(path) => std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?,
        };
        let name = path.map_or_else(|| "the settings".to_owned(), |path| path.display().to_string());
        // Names that are not UTF-8 can't be ours; values that are not are refused with their name.
        let vars = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        });
        Self::from_text(&text, &name, vars)
    }

    /// The settings in `text` (TOML, called `name` in errors) with `vars` over them.
    pub fn from_text(
        text: &str,
        name: &str,
        vars: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Toml::string(text));
        for (variable, value) in vars {
            let runner = variable.starts_with(TEST_PREFIX) || RUNNER.contains(&variable.as_str());
            let ours = variable.starts_with(PREFIX) && !runner;
            if ours {
                let key = settings::key_of_variable(&variable)?;
                figment = figment.merge(Variable { name: variable, key, value });
            }
        }
        let config: Self = figment.extract().map_err(|found| ConfigError::from_figment(found, name, text))?;
        config.validated(name)
    }

    /// The address of the database: the one that was set, else a SQLite file in the data directory.
    pub fn database_url(&self) -> Secret<String> {
        self.database.url.clone().unwrap_or_else(|| {
            Secret::new(format!("sqlite://{}", self.data_dir.join("cardea.sqlite").display()))
        })
    }

    /// The file with the keys: the one that was set, else `keys.cardea` in the data directory.
    pub fn keys_file(&self) -> PathBuf {
        self.keys.file.clone().unwrap_or_else(|| self.data_dir.join("keys.cardea"))
    }

    /// Where the log is published: the folder that was set, else `log` in the data directory.
    pub fn log_folder(&self) -> PathBuf {
        self.log.folder.clone().unwrap_or_else(|| self.data_dir.join("log"))
    }

    fn validated(self, place: &str) -> Result<Self, ConfigError> {
        let refuse = |key: &'static str, expected: &'static str| {
            Err(ConfigError::Value {
                key: key.to_owned(),
                place: place.to_owned(),
                expected: expected.to_owned(),
            })
        };
        let url = &self.http.public_url;
        if !(url.starts_with("http://") || url.starts_with("https://")) || url.ends_with('/') {
            return refuse("http.public_url", "http:// or https://, a host, and no slash at the end");
        }
        if self.http.tls_certificate.is_some() != self.http.tls_key.is_some() {
            return refuse("http.tls_certificate", "set together with http.tls_key");
        }
        if self.http.tls_certificate.is_some() && !url.starts_with("https://") {
            return refuse("http.public_url", "an https:// address, where http.tls_certificate is set");
        }
        let listens = [&self.iso8583.ascii, &self.iso8583.ascii_binary_bitmap, &self.iso8583.bcd];
        let addresses = listens.into_iter().filter_map(|listen| listen.0.as_deref());
        for address in addresses.chain([self.http.listen.as_str()]) {
            if address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok()).is_none() {
                return refuse(
                    "http.listen or iso8583",
                    "an address and a port, such as 127.0.0.1:8080, or off",
                );
            }
        }
        if self.keys.module == KeyModuleKind::Pkcs11 && self.keys.token_library.is_none() {
            return refuse("keys.token_library", "the PKCS#11 library, where keys.module is pkcs11");
        }
        if self.environment == Environment::Live && self.clock.mode == ClockMode::Driven {
            return refuse("clock.mode", "system, where environment is live");
        }
        for (key, value) in [
            ("engine.batch_max", self.engine.batch_max),
            ("engine.queue_max", self.engine.queue_max),
            ("engine.deadline_ms", self.engine.deadline_ms),
            ("staff.matter_minutes", self.staff.matter_minutes),
            ("staff.emergency_minutes", self.staff.emergency_minutes),
            ("staff.records_per_hour", self.staff.records_per_hour),
            ("staff.searches_per_hour", self.staff.searches_per_hour),
            ("staff.request_hours", self.staff.request_hours),
            ("reveals.shown_seconds", self.reveals.shown_seconds),
            ("http.connections_max", self.http.connections_max),
            ("keys.rotate_rows_per_second", self.keys.rotate_rows_per_second),
            ("log.checkpoint_seconds", self.log.checkpoint_seconds),
        ] {
            if value == 0 {
                return refuse(key, "at least 1");
            }
        }
        if let Some((key, expected)) =
            self.log.refusal(self.mail.host.is_some()).or_else(|| self.mail.refusal())
        {
            return refuse(key, expected);
        }
        Ok(self)
    }
}

/// One environment variable as a source of settings, so that an error can name it.
struct Variable {
    name: String,
    key: &'static Setting,
    value: String,
}

impl Provider for Variable {
    fn metadata(&self) -> Metadata {
        Metadata::named(format!("environment variable {}", self.name))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        // Only settings that are numbers are read as such: "007" or "true" may be part of a path.
        let value = match self.value.parse::<u64>() {
            Ok(number) if self.key.is_number => Value::from(number),
            _ => Value::from(self.value.clone()),
        };
        let dict = figment::util::nest(self.key.key, value).into_dict().unwrap_or_default();
        Ok(Profile::Default.collect(dict))
    }
}
