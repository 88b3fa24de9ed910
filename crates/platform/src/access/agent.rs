//! Which browser a session is in, in two words: enough for its owner to know it again, too little to follow anybody.

use axum::http::{HeaderMap, header};

/// The longest header that is read, bytes; ours are far shorter.
const READ_BYTES_MAX: usize = 512;

/// Sign in the header, and the word for it. The first that is found counts: a browser claims to be its ancestors too.
const BROWSERS: &[(&str, &str)] = &[
    ("MicroMessenger/", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: &[(&str, &str)] = &[
    ("Android", "Android"),
    ("HarmonyOS", "HarmonyOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// The words of a browser and its system, such as `Chrome · Android`; `None` where neither is known.
pub fn agent_words(headers: &HeaderMap) -> Option<String> {
    let told = headers.get(header::USER_AGENT)?.to_str().ok()?;
    let told = told.get(..told.len().min(READ_BYTES_MAX))?;
    let find = |words: &[(&str, &'static str)]| {
        words.iter().find(|(sign, _)| told.contains(sign)).map(|(_, word)| *word)
    };
    match (find(BROWSERS), find(SYSTEMS)) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (Some(browser), Some(system)) => Some(format!("{browser} · {system}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn words(told: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_str(told).unwrap());
        agent_words(&headers)
    }

    #[test]
    fn known_browsers_are_named_and_unknown_ones_tell_nothing() {
        let chrome = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0";
        assert_eq!(words(chrome).as_deref(), Some("Chrome · Android"));
        assert_eq!(words(safari).as_deref(), Some("Safari · iPhone"));
        assert_eq!(words(edge).as_deref(), Some("Edge · Windows"));
        assert_eq!(words("Firefox/140.0").as_deref(), Some("Firefox"));
        assert_eq!(words("<script>alert(1)</script>"), None, "never the header itself");
        assert_eq!(agent_words(&HeaderMap::new()), None);
    }
}
