//! Sheets, scripts and icons: part of the binary, served under a path that changes with their content.
//!
//! **Design.** All files of `web/` are embedded. The sheets that a surface needs are joined into one file
//! in a fixed order (tokens, base, components, layout), so that a page makes one request for looks and
//! one for behaviour. Every address carries a hash over all files, hence browsers may keep them for a
//! year; a page that is still open during an upgrade and asks under the old hash gets the new file, not
//! to be kept.
//!
//! **Not here.** Compression (a layer of the server) and anything that belongs to a person.

use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};
use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

/// Where [`serve`] is mounted.
pub const ROUTE: &str = "/assets/{hash}/{*name}";

const FOREVER: &str = "public, max-age=31536000, immutable";
const COMMON_SHEETS: [&str; 2] = ["css/tokens.css", "css/base.css"];

#[derive(RustEmbed)]
#[folder = "../../web"]
#[include = "css/*.css"]
#[include = "css/components/*.css"]
#[include = "js/*.js"]
#[include = "icons/*.svg"]
struct Web;

/// One file as it is served.
struct Asset {
    bytes: Cow<'static, [u8]>,
    content_type: &'static str,
    etag: HeaderValue,
}

/// All files, by name.
pub struct Assets {
    hash: String,
    files: BTreeMap<String, Asset>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(Assets::load);

/// The address of the file `name`, such as `desk.css` or `js/main.js`.
pub fn href(name: &str) -> String {
    format!("/assets/{}/{name}", ASSETS.hash)
}

/// The text of the sheet for `surface` (`desk.css`, `app.css`), for pages that stand alone in a file.
pub fn sheet_text(name: &str) -> Option<String> {
    let asset = ASSETS.files.get(name)?;
    String::from_utf8(asset.bytes.to_vec()).ok()
}

/// Answers a request for a file of any surface.
pub async fn serve(Path((hash, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    ASSETS.respond(&hash, &name, &headers)
}

impl Assets {
    fn load() -> Self {
        let mut files = BTreeMap::new();
        for name in Web::iter() {
            if let Some(file) = Web::get(&name) {
                let EmbeddedFile { data, .. } = file;
                files.insert(name.to_string(), Asset::new(&name, data));
            }
        }
        for (surface, layouts) in [
            ("desk.css", &["css/desk.css"][..]),
            ("app.css", &["css/card-app.css"][..]),
            ("gallery.css", &["css/desk.css", "css/card-app.css", "css/gallery.css"][..]),
        ] {
            let sheet = joined(&files, layouts);
            files.insert(surface.to_owned(), Asset::new(surface, Cow::Owned(sheet)));
        }
        let mut all = Sha256::new();
        for (name, asset) in &files {
            all.update(name.as_bytes());
            all.update([0]);
            all.update(Sha256::digest(&asset.bytes));
        }
        let hash = short_hex(&all.finalize());
        Self { hash, files }
    }

    fn respond(&self, hash: &str, name: &str, headers: &HeaderMap) -> Response {
        let Some(asset) = self.files.get(name) else { return StatusCode::NOT_FOUND.into_response() };
        let kept = if hash == self.hash { FOREVER } else { "no-cache" };
        let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let same = known.is_some_and(|known| {
            known
                .split(',')
                .any(|tag| tag.trim().trim_start_matches("W/").as_bytes() == asset.etag.as_bytes())
        });
        let caching =
            [(header::CACHE_CONTROL, HeaderValue::from_static(kept)), (header::ETAG, asset.etag.clone())];
        if same {
            return (StatusCode::NOT_MODIFIED, caching).into_response();
        }
        let kind = [
            (header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        (caching, kind, asset.bytes.to_vec()).into_response()
    }
}

impl Asset {
    fn new(name: &str, bytes: Cow<'static, [u8]>) -> Self {
        let digest = format!("\"{}\"", short_hex(&Sha256::digest(&bytes)));
        let etag = HeaderValue::from_str(&digest).unwrap_or(HeaderValue::from_static("\"-\""));
        let content_type = match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "application/octet-stream",
        };
        Self { bytes, content_type, etag }
    }
}

/// Tokens and base first, then every component in the order of its name, then the layouts.
fn joined(files: &BTreeMap<String, Asset>, layouts: &[&str]) -> Vec<u8> {
    let components = files.keys().map(String::as_str).filter(|name| name.starts_with("css/components/"));
    let names = COMMON_SHEETS.into_iter().chain(components).chain(layouts.iter().copied());
    let mut sheet = Vec::new();
    for asset in names.filter_map(|name| files.get(name)) {
        sheet.extend_from_slice(&asset.bytes);
        sheet.push(b'\n');
    }
    sheet
}

fn short_hex(digest: &[u8]) -> String {
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(hash: &str, name: &str, known: Option<&str>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(known) = known {
            headers.insert(header::IF_NONE_MATCH, known.parse().unwrap());
        }
        ASSETS.respond(hash, name, &headers)
    }

    fn header_of(response: &Response, name: header::HeaderName) -> &str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn files_have_types_and_may_be_kept_under_their_hash_only() {
        for (name, kind) in [
            ("desk.css", "text/css; charset=utf-8"),
            ("app.css", "text/css; charset=utf-8"),
            ("js/main.js", "text/javascript; charset=utf-8"),
            ("icons/mark.svg", "image/svg+xml"),
        ] {
            let response = answer(&ASSETS.hash, name, None);
            assert_eq!(response.status(), StatusCode::OK, "{name}");
            assert_eq!(header_of(&response, header::CONTENT_TYPE), kind);
            assert_eq!(header_of(&response, header::CACHE_CONTROL), FOREVER);
            assert_eq!(header_of(&answer("0", name, None), header::CACHE_CONTROL), "no-cache");
        }
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let etag = header_of(&answer("0", "desk.css", None), header::ETAG).to_owned();
        for known in [etag.clone(), format!("\"x\", W/{etag}")] {
            let response = answer("0", "desk.css", Some(&known));
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
        }
        assert_eq!(answer("0", "desk.css", Some("\"x\"")).status(), StatusCode::OK);
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        for name in ["../Cargo.toml", "css/../../Cargo.toml", "/etc/passwd", "", "css", "nothing.css"] {
            assert_eq!(answer(&ASSETS.hash, name, None).status(), StatusCode::NOT_FOUND, "{name}");
        }
    }

    #[test]
    fn sheets_are_joined_in_order_without_imports() {
        let sheet = sheet_text("desk.css").unwrap();
        assert!(!sheet.contains("@import"));
        let at = |part: &str| sheet.find(part).unwrap_or_else(|| panic!("{part} is not in the sheet"));
        assert!(at("--paper:") < at("box-sizing"));
        assert!(at("box-sizing") < at(".btn {"));
        assert!(at(".btn {") < at(".desk {"));
    }

    #[test]
    fn the_two_dark_themes_are_one() {
        let tokens = sheet_text("css/tokens.css").unwrap();
        let values = |from: &str| {
            let block = &tokens[tokens.find(from).unwrap()..];
            let block = &block[block.find('{').unwrap() + 1..];
            let block = &block[..block.find('}').unwrap()];
            block.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(values(":root:not([data-theme=\"light\"])"), values("[data-theme=\"dark\"] {"));
    }
}
