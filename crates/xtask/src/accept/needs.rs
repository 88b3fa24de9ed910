//! What the tests need beside Rust, and how it is had on Debian: said first, then installed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the tests compare with and talk to: a message codec, PINs and key blocks, chip cryptograms, a mail server.
/// `cryptography` is what psec and pyemv
/// compute with, the newest version that does not warn about two-key triple DES.
const ORACLES: &[&str] = &[
    "pyiso8583==4.0.1",
    "psec==1.3.0",
    "pyemv==1.5.0",
    "cryptography==42.0.8",
    "schemathesis==4.32.5",
    "pymerkle==7.0.0",
    "aiosmtpd==1.4.6",
    // An authenticator; the newest version of what it stands on that works with the cryptography above.
    "soft-webauthn==0.1.4",
    "fido2==1.1.3",
    // Reads and checks receipts.
    "PyJWT==2.10.1",
];

/// An OpenID Connect provider, for staff who sign in with one. It stands on a newer `cryptography` than the above, so it
/// has an environment of its own; what it is made of is named, since it says no upper bounds.
const PROVIDER: &[&str] = &["oidc-provider-mock==0.3.4", "Authlib==1.9.10", "Flask==3.1.3"];

/// A Debian package, why it is needed, and how to see that it is there.
struct Need {
    package: &'static str,
    why: &'static str,
    there: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need { package: "postgresql", why: "the second database", there: || super::postgres::folder().is_some() },
    Need { package: "chromium", why: "pages are tested in a browser", there: || find("chromium").is_some() },
    Need { package: "chromium-driver", why: "drives the browser", there: || find("chromedriver").is_some() },
    Need {
        package: "fonts-noto-cjk",
        why: "Chinese in the browser",
        there: || !lines_of("fc-list", &[":lang=zh"]).is_empty(),
    },
    Need {
        package: "python3-venv",
        why: "independent codecs and card cryptography run in Python",
        there: || quiet("python3", &["-c", "import venv, ensurepip"]),
    },
    Need { package: "softhsm2", why: "keys in a PKCS#11 token", there: || find("softhsm2-util").is_some() },
    Need { package: "npm", why: "fetches the accessibility checker", there: || find("npm").is_some() },
];

/// Installs the packages that are missing, after saying so; what stays missing goes to `failures`.
pub fn install(failures: &mut Vec<String>) {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.there)()).collect();
    if missing.is_empty() {
        return;
    }
    println!("missing on this machine:");
    for need in &missing {
        println!("  {:<16} {}", need.package, need.why);
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    if find("apt-get").is_none() {
        failures.push(format!("install by hand (no apt-get here): {}", packages.join(" ")));
        return;
    }
    if !agreed(&packages) {
        failures.push(format!("not installed: {}", packages.join(" ")));
        return;
    }
    let _ = privileged("apt-get", &["update", "-q"]);
    let mut arguments = vec!["install", "-q", "-y", "--no-install-recommends"];
    arguments.extend(&packages);
    let _ = privileged("apt-get", &arguments);
    for need in missing.iter().filter(|need| !(need.there)()) {
        failures.push(format!("{} could not be installed", need.package));
    }
}

/// Asks at the terminal; a build server has agreed by `CI=true`. Without an answer it is a no.
fn agreed(packages: &[&str]) -> bool {
    if std::env::var("CI").is_ok_and(|ci| ci == "true") {
        return true;
    }
    print!("install them now with apt-get ({})? [y/N] ", packages.join(" "));
    let _ = std::io::stdout().flush();
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    if !matches!(read, Ok(bytes) if bytes > 0) {
        println!("no answer: nothing is installed (CI=true agrees beforehand)");
    }
    matches!(answer.trim(), "y" | "Y" | "yes")
}

/// A Python with the oracles, in an environment of its own under `place`; gives its path.
pub fn python(place: &Path) -> Result<String, String> {
    python_with(ORACLES, &place.join("venv"))
}

/// A Python with the identity provider, in another environment.
pub fn provider(place: &Path) -> Result<String, String> {
    python_with(PROVIDER, &place.join("venv-provider"))
}

fn python_with(packages: &[&str], folder: &Path) -> Result<String, String> {
    let path = folder.join("bin/python").display().to_string();
    let probe = probe(packages);
    if quiet(&path, &["-c", &probe]) {
        return Ok(path);
    }
    let folder = folder.display().to_string();
    if !visible("python3", &["-m", "venv", "--clear", &folder]) {
        return Err("Python: no virtual environment could be made".to_owned());
    }
    let install = [&["-m", "pip", "install", "--quiet"], packages].concat();
    if !visible(&path, &install) || !quiet(&path, &["-c", &probe]) {
        return Err(format!("Python: {} could not be installed", packages.join(", ")));
    }
    Ok(path)
}

/// A script that fails unless exactly these versions are there.
fn probe(packages: &[&str]) -> String {
    let asserts = packages.iter().filter_map(|package| package.split_once("=="));
    let asserts = asserts.map(|(name, version)| format!("assert m.version('{name}') == '{version}'"));
    std::iter::once("import importlib.metadata as m".to_owned()).chain(asserts).collect::<Vec<_>>().join("; ")
}

/// The accessibility checker that the browser tests read, in the folder `e2e` alone.
pub fn checker(root: &Path) -> Result<(), String> {
    let folder = root.join("e2e");
    if !folder.join("package.json").is_file() || folder.join("node_modules/axe-core/axe.min.js").is_file() {
        return Ok(());
    }
    let folder = folder.display().to_string();
    let arguments = ["ci", "--prefix", &folder, "--ignore-scripts", "--no-audit", "--no-fund"];
    if visible("npm", &arguments) { Ok(()) } else { Err("axe-core could not be fetched with npm".to_owned()) }
}

/// Whether this process may do everything.
pub fn is_root() -> bool {
    lines_of("id", &["-u"]).first().is_some_and(|id| id == "0")
}

/// The program `name` on the search path.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn privileged(program: &str, arguments: &[&str]) -> bool {
    let mut all = vec!["DEBIAN_FRONTEND=noninteractive", program];
    all.extend(arguments);
    if is_root() {
        visible("env", &all)
    } else {
        all.insert(0, "env");
        visible("sudo", &all)
    }
}

fn visible(program: &str, arguments: &[&str]) -> bool {
    println!("$ {program} {}", arguments.join(" "));
    let status = Command::new(program).args(arguments).stdin(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn quiet(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// What a program prints, by line; nothing when it can't be run.
pub fn lines_of(program: &str, arguments: &[&str]) -> Vec<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    output.map_or_else(
        |_| Vec::new(),
        |output| String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_or_not() {
        assert!(find("sh").is_some());
        assert!(find("no-such-program-here").is_none());
        assert!(lines_of("no-such-program-here", &[]).is_empty());
    }

    #[test]
    fn every_need_says_why() {
        assert!(NEEDS.iter().all(|need| !need.package.is_empty() && need.why.len() > 10));
    }
}
