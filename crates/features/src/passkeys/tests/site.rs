//! The address of the server and what browsers sign of it (HTML, "serialization of an origin").

use super::super::service::parts;

#[test]
fn an_origin_is_written_as_browsers_write_it() {
    for (address, rp_id, origin) in [
        ("https://cards.bank.example", "cards.bank.example", "https://cards.bank.example"),
        ("https://cards.bank.example/", "cards.bank.example", "https://cards.bank.example"),
        ("https://cards.bank.example:443", "cards.bank.example", "https://cards.bank.example"),
        ("https://Cards.BANK.example:8443", "cards.bank.example", "https://cards.bank.example:8443"),
        ("HTTP://localhost:80", "localhost", "http://localhost"),
        ("http://localhost:8080", "localhost", "http://localhost:8080"),
    ] {
        let (_, read_rp_id, read_origin) = parts(address).unwrap();
        assert_eq!((read_rp_id.as_str(), read_origin.as_str()), (rp_id, origin), "{address}");
    }
}

#[test]
fn a_number_is_no_name() {
    for address in ["https://192.0.2.1", "https://[2001:db8::1]:8443", "cards.bank.example", ""] {
        assert!(parts(address).is_none(), "{address}");
    }
}
