//! Mail over SMTP, handed to a mail server that the issuer runs or hires.
//!
//! Problem: mail servers are away, busy, slow, and sometimes say no for good; addresses and subjects may come from what
//! people typed. Design: [`Mailer`] hands over one text at a time and tells three outcomes apart: taken, later, refused.
//! The library writes headers and encodings and never lets a value end a header line; signs of control are taken out of
//! subjects before that. A refused sign-in counts as *later*: it is the setting that is wrong, not the letter. Why safe:
//! TLS is required from the first byte or by STARTTLS and never given up for a connection in clear; no address, subject
//! or text gets into a log or an error.
//!
//! It neither keeps nor retries: who sends does. A mail that was taken twice has the same `Message-ID`.

use features::messages::{CARRY_MAX, Carried, Carrier, CarryError, Letter};
use kernel::Secret;
use lettre::message::header::ContentType;
use lettre::message::{Attachment as Attached, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, address::AddressError};
use platform::config::{MailConfig, MailTls, credential};
use std::time::Duration;

/// How long one word of the conversation may take.
const WORD: Duration = Duration::from_secs(10);
/// How long one mail may take.
const WHOLE: Duration = CARRY_MAX;
/// The server does not let us in: 530 sign in first, 534 and 538 another way, 535 wrong.
const SIGN_IN_REFUSED: [u16; 4] = [530, 534, 535, 538];
/// The longest subject that is sent, characters.
const SUBJECT_CHARS_MAX: usize = 200;

/// Why mail can't be set up. No message tells the password.
#[derive(Debug, thiserror::Error)]
pub enum MailSetupError {
    /// No server is named.
    #[error("mail.host names no mail server")]
    NoHost,
    /// The sender is no address.
    #[error("mail.from is no mail address: {0}")]
    From(AddressError),
    /// A file can't be read.
    #[error("{key} can't be read: {source}")]
    File {
        /// The setting that names it.
        key: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// There is a name to sign in with and no password.
    #[error("mail.user has no password: set mail.password_file, or the systemd credential mail-password")]
    NoPassword,
    /// TLS can't be set up.
    #[error("mail can't be protected: {0}")]
    Tls(lettre::transport::smtp::Error),
}

/// Why a mail was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The server is away, busy, or does not let us in; the same mail may be taken later.
    #[error("the mail server can't take it now")]
    Later,
    /// The server refuses it for good, or the address is none.
    #[error("the mail server refuses it")]
    Refused,
}

/// A file that goes with a mail.
#[derive(Clone, Copy, Debug)]
pub struct Attachment<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it holds.
    pub bytes: &'a [u8],
}

/// Hands mail to one server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    host: String,
}

impl Mailer {
    /// For the server of the settings. Does not connect.
    ///
    /// # Errors
    /// See [`MailSetupError`]; each names its setting.
    pub fn try_new(config: &MailConfig) -> Result<Self, MailSetupError> {
        let host = config.host.clone().ok_or(MailSetupError::NoHost)?;
        let from: Mailbox = config.from.parse().map_err(MailSetupError::From)?;
        let tls = match config.tls {
            MailTls::Tls => Tls::Wrapper(protection(config, &host)?),
            MailTls::Starttls => Tls::Required(protection(config, &host)?),
            MailTls::Off => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.as_str())
            .port(config.port.unwrap_or_else(|| config.tls.port()))
            .tls(tls)
            .timeout(Some(WORD));
        if let Some(user) = &config.user {
            let password = password(config)?.ok_or(MailSetupError::NoPassword)?;
            builder = builder.credentials(Credentials::new(user.clone(), password.expose().clone()));
        }
        Ok(Self { transport: builder.build(), from, host })
    }

    /// Hands one mail over; `Ok` once the server has taken it. `id` makes its `Message-ID`, so that the same mail
    /// handed over twice can be told.
    ///
    /// # Errors
    /// See [`MailError`].
    pub async fn send(
        &self,
        to: &str,
        subject: &str,
        text: &str,
        attachment: Option<Attachment<'_>>,
        id: &str,
    ) -> Result<(), MailError> {
        let mail = self.written(to, subject, text, attachment, id)?;
        let sent = tokio::time::timeout(WHOLE, self.transport.send(mail)).await;
        match sent {
            Err(_) => {
                tracing::warn!(host = self.host, "the mail server takes too long");
                Err(MailError::Later)
            }
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.judged(&error)),
        }
    }

    fn written(
        &self,
        to: &str,
        subject: &str,
        text: &str,
        attachment: Option<Attachment<'_>>,
        id: &str,
    ) -> Result<Message, MailError> {
        let to: Mailbox = to.parse().map_err(|_| MailError::Refused)?;
        let id: String =
            id.chars().filter(|sign| sign.is_ascii_alphanumeric() || "-_".contains(*sign)).collect();
        let builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(one_line(subject))
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())));
        let text = SinglePart::plain(text.to_owned());
        let written = match attachment {
            None => builder.singlepart(text),
            Some(Attachment { name, bytes }) => {
                let kind = ContentType::parse("application/octet-stream").map_err(|_| MailError::Refused)?;
                let file = Attached::new(one_line(name)).body(bytes.to_vec(), kind);
                builder.multipart(MultiPart::mixed().singlepart(text).singlepart(file))
            }
        };
        written.map_err(|_| MailError::Refused)
    }

    /// What an error of the conversation means. Words of the server may repeat an address, so only its number is told.
    fn judged(&self, error: &lettre::transport::smtp::Error) -> MailError {
        let status = error.status().map(|code| code.to_string());
        let number = status.as_deref().and_then(|code| code.parse::<u16>().ok());
        let judged = match number {
            Some(code) if error.is_permanent() && !SIGN_IN_REFUSED.contains(&code) => MailError::Refused,
            _ => MailError::Later,
        };
        tracing::warn!(host = self.host, status, timeout = error.is_timeout(), tls = error.is_tls(), %judged, "a mail was not taken");
        judged
    }
}

/// Mail as a way of messages.
impl Carrier for Mailer {
    fn carry<'a>(&'a self, letter: &'a Letter) -> Carried<'a> {
        Box::pin(async move {
            let (to, title, text) = (letter.to.reveal(), letter.title.reveal(), letter.text.reveal());
            let sent = self.send(to, title, text, None, &letter.number.to_string()).await;
            sent.map_err(|error| match error {
                MailError::Later => CarryError::Later,
                MailError::Refused => CarryError::Refused,
            })
        })
    }
}

fn protection(config: &MailConfig, host: &str) -> Result<TlsParameters, MailSetupError> {
    let mut builder =
        TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::WebpkiRoots);
    if let Some(path) = &config.tls_certificate {
        let key = "mail.tls_certificate";
        let pem = std::fs::read(path).map_err(|source| MailSetupError::File { key, source })?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(MailSetupError::Tls)?);
    }
    builder.build_rustls().map_err(MailSetupError::Tls)
}

fn password(config: &MailConfig) -> Result<Option<Secret<String>>, MailSetupError> {
    let key = "mail.password_file";
    match &config.password_file {
        None => credential("mail-password").map_err(|source| MailSetupError::File { key, source }),
        Some(path) => {
            let text =
                std::fs::read_to_string(path).map_err(|source| MailSetupError::File { key, source })?;
            let text = Secret::new(text);
            Ok(Some(Secret::new(text.expose().trim().to_owned())))
        }
    }
}

/// On one line, without signs of control, not longer than a subject may be.
fn one_line(text: &str) -> String {
    let plain = text.chars().map(|sign| if sign.is_control() { ' ' } else { sign });
    plain.take(SUBJECT_CHARS_MAX).collect()
}
