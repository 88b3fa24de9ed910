//! Where the published log is read from: a folder or a web address.

use std::path::PathBuf;
use std::time::Duration;

/// The largest piece: a full bundle of the longest entries, bytes.
const PIECE_BYTES_MAX: u64 = 256 * (65_535 + 2);
/// How long one piece may take to come.
const PIECE_SECONDS: u64 = 60;

/// Why a piece could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{what} can't be read: {why}")]
pub struct SourceError {
    what: String,
    why: String,
}

/// See the module.
pub enum Source {
    /// The folder that the issuer publishes into, or a copy of it.
    Folder(PathBuf),
    /// The address under which it is served.
    Web {
        /// Keeps connections.
        agent: ureq::Agent,
        /// Without a slash at its end.
        url: String,
        /// What opens the entries.
        token: Option<String>,
    },
}

/// A piece: there, absent, or not for us.
pub(crate) enum Found {
    Bytes(Vec<u8>),
    Absent,
    Closed,
}

impl Source {
    /// `place` is an address when it starts with `http://` or `https://`, else a folder.
    pub fn new(place: &str, token: Option<String>) -> Self {
        if !(place.starts_with("http://") || place.starts_with("https://")) {
            return Self::Folder(PathBuf::from(place));
        }
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(PIECE_SECONDS)))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self::Web { agent: config.into(), url: place.trim_end_matches('/').to_owned(), token }
    }

    /// The published checkpoint; nothing when there is none.
    ///
    /// # Errors
    /// When the place can't be read.
    pub fn checkpoint(&self) -> Result<Option<String>, SourceError> {
        match self.get("checkpoint")? {
            Found::Bytes(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Found::Absent | Found::Closed => Ok(None),
        }
    }

    /// The widths of the partial pieces that are kept beside the full one at `path`, where that can be asked.
    pub(crate) fn partial_widths(&self, path: &str) -> Vec<u64> {
        let Self::Folder(folder) = self else { return vec![] };
        let Ok(files) = std::fs::read_dir(folder.join(format!("{path}.p"))) else { return vec![] };
        let mut widths: Vec<u64> =
            files.filter_map(|file| file.ok()?.file_name().to_str()?.parse().ok()).collect();
        widths.sort_unstable();
        widths
    }

    pub(crate) fn get(&self, path: &str) -> Result<Found, SourceError> {
        match self {
            Self::Folder(folder) => match std::fs::read(folder.join(path)) {
                Ok(bytes) => Ok(Found::Bytes(bytes)),
                Err(error) => match error.kind() {
                    std::io::ErrorKind::NotFound if folder.is_dir() => Ok(Found::Absent),
                    std::io::ErrorKind::PermissionDenied => Ok(Found::Closed),
                    _ => Err(failed(path, error)),
                },
            },
            Self::Web { agent, url, token } => {
                let mut request = agent.get(format!("{url}/{path}"));
                if let Some(token) = token.as_deref().filter(|_| path.starts_with("tile/entries/")) {
                    request = request.header("authorization", format!("Bearer {token}"));
                }
                let mut response = request.call().map_err(|error| failed(path, error))?;
                match response.status().as_u16() {
                    200 => {
                        let body = response.body_mut().with_config().limit(PIECE_BYTES_MAX).read_to_vec();
                        Ok(Found::Bytes(body.map_err(|error| failed(path, error))?))
                    }
                    404 | 410 => Ok(Found::Absent),
                    401 | 403 => Ok(Found::Closed),
                    status => Err(failed(path, format!("the server answers {status}"))),
                }
            }
        }
    }
}

fn failed(what: &str, why: impl std::fmt::Display) -> SourceError {
    SourceError { what: what.to_owned(), why: why.to_string() }
}
