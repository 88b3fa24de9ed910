use super::*;

fn read(text: &str, vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_text(text, "cardea.toml", vars)
}

fn refusal(text: &str, vars: &[(&str, &str)]) -> String {
    read(text, vars).unwrap_err().to_string()
}

#[test]
fn nothing_set_gives_the_documented_defaults() {
    let config = read("", &[("PATH", "/bin"), ("CARDEA_TEST_POSTGRES_URL", "postgres://x")]).unwrap();
    assert_eq!(config.environment, Environment::Live);
    assert_eq!(config.http.listen, "127.0.0.1:8080");
    assert_eq!(config.iso8583.bcd, Listen(Some("127.0.0.1:8585".to_owned())));
    assert_eq!(config.engine.deadline_ms, 8_000);
    assert_eq!(config.database_url().expose(), "sqlite://cardea-data/cardea.sqlite");
    assert_eq!(config.keys_file(), PathBuf::from("cardea-data/keys.cardea"));
}

#[test]
fn variables_win_over_the_file() {
    let text = "environment = \"demo\"\n[http]\nlisten = \"127.0.0.1:1\"\n[iso8583]\nbcd = \"off\"\n";
    let vars = [
        ("CARDEA_HTTP_LISTEN", "127.0.0.1:2"),
        ("CARDEA_ENGINE__BATCH_WAIT_US", "250"),
        ("CARDEA_ISO8583_ASCII_BINARY_BITMAP", "off"),
        ("CARDEA_DATABASE_URL", "postgres://a:b@c/d"),
        ("CARDEA_CLOCK_MODE", "driven"),
        ("CARDEA_DATA_DIR", "2026"),
    ];
    let config = read(text, &vars).unwrap();
    assert_eq!(config.http.listen, "127.0.0.1:2");
    assert_eq!(config.engine.batch_wait_us, 250);
    assert_eq!(config.iso8583.bcd, Listen(None));
    assert_eq!(config.iso8583.ascii_binary_bitmap, Listen(None));
    assert_eq!(config.database_url().expose(), "postgres://a:b@c/d");
    assert_eq!(config.clock.mode, ClockMode::Driven);
    assert_eq!(config.data_dir, PathBuf::from("2026"));
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_nearest_known_one() {
    let text = "[http]\nlisten = \"127.0.0.1:1\"\n\n[engine]\nbatch_mx = 3\n";
    assert_eq!(
        refusal(text, &[]),
        "engine.batch_mx in cardea.toml, line 5 is no setting; did you mean engine.batch_max?"
    );
    assert_eq!(
        refusal("enviroment = \"demo\"\n", &[]),
        "enviroment in cardea.toml, line 1 is no setting; did you mean environment?"
    );
    assert_eq!(
        refusal("", &[("CARDEA_HTTP_LISTN", "x")]),
        "CARDEA_HTTP_LISTN in the environment is no setting; did you mean http.listen?"
    );
    assert_eq!(
        refusal("[frobnication]\nx = 1\n", &[]),
        "frobnication in cardea.toml, line 1 is no setting; docs/operating/configuration.md lists them"
    );
}

#[test]
fn a_wrong_value_is_told_without_quoting_it() {
    let told = refusal("[engine]\nbatch_max = \"hunter2\"\n", &[]);
    assert_eq!(told, "engine.batch_max in cardea.toml, line 2 must be a whole number from 1");
    let told = refusal("", &[("CARDEA_ENGINE_BATCH_MAX", "hunter2")]);
    assert_eq!(
        told,
        "engine.batch_max in environment variable CARDEA_ENGINE_BATCH_MAX must be a whole number from 1"
    );
    assert_eq!(
        refusal("environment = \"prod\"\n", &[]),
        "environment in cardea.toml, line 1 must be demo or live"
    );
    let told = refusal("[database]\nurl = \"postgres://a:hunter2@b/c\n", &[]);
    assert!(told.starts_with("cardea.toml is not valid TOML") && !told.contains("hunter2"), "{told}");
    assert!(refusal("[engine]\nqueue_max = 0\n", &[]).contains("engine.queue_max"));
    assert!(refusal("[http]\npublic_url = \"localhost\"\n", &[]).contains("http.public_url"));
    let half = refusal("[http]\ntls_key = \"k.pem\"\n", &[]);
    assert!(half.contains("http.tls_certificate") && half.contains("together"), "{half}");
    let both = "[http]\ntls_key = \"k.pem\"\ntls_certificate = \"c.pem\"\n";
    assert!(refusal(both, &[]).contains("http.public_url"));
    assert!(read(both, &[("CARDEA_HTTP_PUBLIC_URL", "https://card.example")]).is_ok());
    assert!(refusal("[iso8583]\nascii = \"here\"\n", &[]).contains("iso8583"));
    let mail = |rest: &str| refusal(&format!("[mail]\nhost = \"mail.example\"\n{rest}"), &[]);
    assert!(mail("").contains("mail.from"));
    assert!(
        mail("from = \"a@b.example\"\ntls = \"off\"\n").contains("mail.tls"),
        "no mail in clear to elsewhere"
    );
    assert!(mail("from = \"a@b.example\"\npassword_file = \"p\"\n").contains("mail.user"));
    assert!(refusal("[clock]\nmode = \"driven\"\n", &[]).contains("clock.mode"));
}

/// The public key of Go's sumdb/note tests as that of a witness (kind 4), and where it is asked.
const WITNESS: &str =
    "witness.example/w1+cc9a7044+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW https://witness.example/submit";

#[test]
fn witnesses_and_copies_are_read_from_lists_and_from_variables() {
    let text = format!(
        "[log]\nwitnesses = [{WITNESS:?}]\ncopies = [\"/srv/worm\", \"https://keep.example/log/\"]\n"
    );
    let config = read(&text, &[]).unwrap();
    let witnesses = config.log.witnesses_at().unwrap();
    assert_eq!(witnesses.len(), 1);
    assert_eq!(witnesses[0].key.name(), "witness.example/w1");
    assert_eq!(witnesses[0].url, "https://witness.example/submit");
    assert_eq!(config.log.quorum(), 1);
    let copies = config.log.copies_to().unwrap();
    let expected =
        [CopyTo::Folder(PathBuf::from("/srv/worm")), CopyTo::Web("https://keep.example/log/".to_owned())];
    assert_eq!(copies, expected);
    let vars = [("CARDEA_LOG_COPIES", "/a , http://localhost:9/x"), ("CARDEA_LOG_WITNESSES", WITNESS)];
    let config = read("", &vars).unwrap();
    assert_eq!(config.log.copies_to().unwrap().len(), 2);
    assert_eq!(config.log.witnesses_at().unwrap().len(), 1);
    assert!(read("", &[]).unwrap().log.witnesses_at().unwrap().is_empty());
}

#[test]
fn wrong_witnesses_and_copies_stop_the_start() {
    let of_log = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    for witness in [
        "x".to_owned(),
        "witness.example/w1 https://witness.example".to_owned(),
        // The key of a log is no key of a witness.
        format!("{of_log} https://witness.example"),
        WITNESS.replace("https://", "ftp://"),
        WITNESS.replace("https://witness.example/submit", ""),
        WITNESS.replace("cc9a", "cc9b"),
    ] {
        let told = refusal(&format!("[log]\nwitnesses = [{witness:?}]\n"), &[]);
        assert!(told.contains("log.witnesses") && told.contains("name+id+base64"), "{witness}: {told}");
    }
    let told = refusal(&format!("[log]\nwitnesses = [{WITNESS:?}]\nwitness_quorum = 2\n"), &[]);
    assert!(told.contains("log.witness_quorum") && told.contains("number of witnesses"), "{told}");
    assert!(refusal("[log]\nwitness_quorum = 1\n", &[]).contains("log.witness_quorum"));
    // One witness named twice would count twice.
    assert!(
        refusal("", &[("CARDEA_LOG_WITNESSES", &format!("{WITNESS},{WITNESS}"))]).contains("log.witnesses")
    );
    // A token goes with it: not in the clear over a network.
    for copy in
        ["http://keep.example/log/", "https://", "ftp://keep.example", "https://user:hunter2@keep.example/"]
    {
        let told = refusal(&format!("[log]\ncopies = [{copy:?}]\n"), &[]);
        assert!(told.contains("log.copies") && !told.contains("hunter2"), "{copy}: {told}");
    }
    for copy in ["mailto:", "mailto:auditor", "mailto:a@b, c@d", "mailto:a@b?bcc=c@d", "mailto:a b@c"] {
        assert!(refusal(&format!("[log]\ncopies = [{copy:?}]\n"), &[]).contains("log.copies"), "{copy}");
    }
    let told = refusal("[log]\ncopies = [\"mailto:auditor@regulator.example\"]\n", &[]);
    assert!(told.contains("log.copies") && told.contains("mail.host"), "{told}");
    assert!(refusal("[log]\ncopy_mail_minutes = 0\n", &[]).contains("log.copy_mail_minutes"));
    assert!(refusal("[log]\ncopies = 7\n", &[]).contains("log.copies"));
    assert!(refusal("[log]\ncopy_seconds = 0\n", &[]).contains("log.copy_seconds"));
}

#[test]
fn a_missing_file_is_named() {
    let told = Config::load(Some(Path::new("/nonexistent/cardea.toml"))).unwrap_err().to_string();
    assert!(told.contains("/nonexistent/cardea.toml"), "{told}");
}

/// The list and the structs can't drift: each listed key is taken, alone, with a value of its kind.
#[test]
fn every_listed_setting_can_be_set_by_file_and_variable() {
    for setting in SETTINGS {
        let value = match setting.key {
            "environment" => "demo",
            "clock.mode" => "system",
            "telemetry.format" => "json",
            "http.public_url" => "https://x",
            key if key.starts_with("iso8583") || key == "http.listen" => "127.0.0.1:9",
            "keys.module" => "software",
            "log.witnesses" => WITNESS,
            "log.witness_quorum" => "1",
            "mail.tls" => "starttls",
            _ if setting.is_number => "9",
            _ => "x",
        };
        let written = if setting.is_number { value.to_owned() } else { format!("{value:?}") };
        let text = match setting.key.split_once('.') {
            Some((section, name)) => format!("[{section}]\n{name} = {written}\n"),
            None => format!("{} = {written}\n", setting.key),
        };
        // The two of TLS need each other, and an https address; a quorum needs that many; a mail server needs a sender.
        let tls = [
            ("CARDEA_HTTP_TLS_KEY", "k"),
            ("CARDEA_HTTP_TLS_CERTIFICATE", "c"),
            ("CARDEA_HTTP_PUBLIC_URL", "https://x"),
        ];
        let witnesses = [("CARDEA_LOG_WITNESSES", WITNESS)];
        let others = match setting.key {
            key if key.starts_with("http.tls") => &tls[..],
            "log.witness_quorum" => &witnesses[..],
            "mail.host" => &[("CARDEA_MAIL_FROM", "a@bank.example")],
            _ => &[],
        };
        read(&text, others).unwrap_or_else(|told| panic!("{}: {told}", setting.key));
        let variable = setting.variable();
        read("", &[others, &[(&variable, value)]].concat())
            .unwrap_or_else(|told| panic!("{}: {told}", setting.key));
    }
}

/// And the other way round: each field that the structs know is listed.
#[test]
fn every_field_is_listed() {
    let known = |section: &str| -> Vec<String> {
        let text =
            if section.is_empty() { "zzz = 1\n".to_owned() } else { format!("[{section}]\nzzz = 1\n") };
        let found = Figment::from(Toml::string(&text)).extract::<Config>().unwrap_err();
        match found.kind {
            figment::error::Kind::UnknownField(_, fields) => fields.iter().map(|f| (*f).to_owned()).collect(),
            other => panic!("{other:?}"),
        }
    };
    for field in known("") {
        if SETTINGS.iter().any(|setting| setting.key == field) {
            continue;
        }
        for name in known(&field) {
            let key = format!("{field}.{name}");
            assert!(SETTINGS.iter().any(|setting| setting.key == key), "{key} is not listed");
        }
    }
}

#[test]
fn the_reference_page_is_the_list() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operating/configuration.md");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    if kept != reference_markdown() {
        let fresh = std::env::temp_dir().join("configuration.md");
        std::fs::write(&fresh, reference_markdown()).unwrap();
        panic!("docs/operating/configuration.md is out of date; the fresh page is {}", fresh.display());
    }
}
