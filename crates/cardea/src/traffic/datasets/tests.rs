//! Readers against files made here, clean and unclean, and against the real files where they are at hand.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use tempfile::TempDir;

use super::sparkov::CATEGORIES;
use super::*;
use crate::traffic::event::{Channel, Scenario};
use crate::traffic::pan::TestPan;

const HANDBOOK: &str =
    "TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO";
const SPARKOV: &str = "tx_id,ts,cc_num,merchant,category,amt,merch_lat,merch_long,is_fraud";
const CUSTOMERS: &str =
    "ssn,cc_num,first,last,gender,street,city,state,zip,lat,long,city_pop,job,dob,acct_num,profile";

fn write(dir: &TempDir, name: &str, content: &[u8]) -> PathBuf {
    let path = dir.path().join(name);
    let bytes = if name.ends_with(".gz") { packed(content) } else { content.to_vec() };
    std::fs::write(&path, bytes).expect("writable");
    path
}

fn packed(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("in memory");
    encoder.finish().expect("in memory")
}

fn customers(dir: &TempDir) -> PathBuf {
    let rows = [
        "000-00-0001,90001112222,Ann,Lee,F,1 Elm St,Troy,NY,12180,42.73,-73.67,9,\"Surveyor, building\",1980-02-29,1,a.json",
        "000-00-0002,notanumber,Bob,Ray,M,2 Elm St,Troy,NY,12180,42.73,-73.67,9,Baker,1981-01-01,2,a.json",
        "000-00-0003,9999888877776666555,Cy,Fox,M,3 Elm St,Troy,NY,12180,42.73,-73.67,9,Cook,1982-01-01,3,a.json",
    ];
    write(dir, "customers.csv", format!("{CUSTOMERS}\n{}\n", rows.join("\n")).as_bytes())
}

fn read(path: &Path, format: Format) -> (Vec<TrafficEvent>, Vec<RowProblem>) {
    let mut good = Vec::new();
    let mut bad = Vec::new();
    for item in Transactions::open(path, format, None).expect("opens") {
        match item {
            Ok(event) => good.push(event),
            Err(problem) => bad.push(problem),
        }
    }
    (good, bad)
}

#[test]
fn handbook_rows_become_payments() {
    let dir = TempDir::new().expect("temp");
    let text = format!(
        "\u{feff}{HANDBOOK}\r\n7,2018-06-17 00:00:51,4122,9421,81.58,0,0\r\n8,2018-06-17 00:02:02,4797,5226,85.64999,1,2\r\n"
    );
    for name in ["t.csv", "t.csv.gz"] {
        let (good, bad) = read(&write(&dir, name, text.as_bytes()), Format::Handbook);
        assert_eq!(bad, []);
        let [first, second] = good.as_slice() else { panic!("two rows") };
        assert_eq!((first.row, first.at_us, first.customer), (1, 1_529_193_651_000_000, 4122));
        assert_eq!((first.amount.minor, first.amount.currency), (8158, 978));
        assert_eq!((first.terminal_id.as_str(), first.merchant.id.as_str()), ("00009421", "HB00009421"));
        assert_eq!(first.pan, TestPan::of_customer(4122).expect("fits"));
        assert_eq!(second.amount.minor, 8565);
        assert_eq!(second.label.fraud, Some(Scenario::Imported(2)));
    }
}

#[test]
fn reading_says_how_far_it_has_come() {
    let dir = TempDir::new().expect("temp");
    let mut transactions =
        Transactions::open(&look_alike_handbook(&dir), Format::Handbook, None).expect("opens");
    let so_far = transactions.so_far();
    assert!(so_far.total_bytes > 0);
    assert!(transactions.by_ref().take(3).all(|row| row.is_ok()));
    assert!((1..=so_far.total_bytes).contains(&so_far.bytes()));
    assert!(transactions.all(|row| row.is_ok()));
    assert_eq!(so_far.bytes(), so_far.total_bytes);
}

#[test]
fn sparkov_rows_find_their_person() {
    let dir = TempDir::new().expect("temp");
    customers(&dir);
    let text = format!(
        "{SPARKOV}\n0,2024-01-01 00:01:33,90001112222,\"Moss, Reed and Sons\",gas_transport,63.90,29.926172,-92.395287,0\n\
         1,2024-01-01 00:02:00,9999888877776666555,Erdman-Kertzmann,shopping_net,1.5,42.4,-71.3,1\n\
         2,2024-01-01 00:03:00,9999000011112222,Erdman-Kertzmann,shopping_net,1.5,42.4,-71.3,1\n"
    );
    let path = write(&dir, "t.csv.gz", text.as_bytes());
    let (good, bad) = read(&path, Format::Sparkov);
    let [first, second] = good.as_slice() else { panic!("two good rows") };
    assert_eq!((first.customer, second.customer), (1, 3), "the bad line keeps its number");
    assert_eq!((first.mcc, first.channel), (5541, Channel::Chip));
    assert_eq!(first.merchant.name, "Moss, Reed and Sons");
    assert!(first.merchant.id.len() <= 15 && first.terminal_id.len() == 8);
    assert!((first.place.expect("card present").lat - 29.926_172).abs() < 1e-9);
    assert_eq!(second.place, None, "no place on the net");
    assert_eq!(bad, [RowProblem::skip(4, "cc_num belongs to nobody in the customers file")]);
    let transactions = Transactions::open(&path, Format::Sparkov, None).expect("opens");
    assert_eq!(transactions.customer_problems(), [RowProblem::skip(3, "cc_num is not a card number")]);
}

#[test]
fn people_are_read_whole() {
    let dir = TempDir::new().expect("temp");
    let path = customers(&dir);
    let people: Vec<_> = People::open(&path).expect("opens").filter_map(Result::ok).collect();
    let [ann, cy] = people.as_slice() else { panic!("two good people") };
    assert_eq!((ann.job.as_str(), ann.born.to_string().as_str()), ("Surveyor, building", "1980-02-29"));
    assert_eq!((ann.number, cy.number), (1, 3));
    assert_eq!(cy.pan(), &TestPan::of_customer(3).expect("fits"));
}

#[test]
fn bad_rows_are_told_by_line_and_the_rest_passes() {
    let dir = TempDir::new().expect("temp");
    let good = "1,2018-06-17 00:00:51,4122,9421,81.58,0,0";
    let mut text = format!("{HANDBOOK}\n{good}\n").into_bytes();
    text.extend_from_slice(b"\n2,2018-06-17 00:00:52,41,9421,8.5\n"); // line 4: fields missing
    text.extend_from_slice(b"3,2018-06-31 00:00:52,41,9421,8.5,0,0\n"); // 5: no such day
    text.extend_from_slice(b"4,2018-06-17 00:00:52,41,9421,-8.5,0,0\n"); // 6: negative
    text.extend_from_slice(b"5,2018-06-17 00:00:52,x,9421,8.5,0,0\n"); // 7: customer
    text.extend_from_slice(b"6,2018-06-17 00:00:52,41,9421,8.5,2,0\n"); // 8: label
    text.extend_from_slice(b"7,2018-06-17 00:00:52,41,\xff,8.5,0,0\n"); // 9: not UTF-8
    text.extend_from_slice(b"8,\"2018-06-17 00:00:52,41,9421,8.5,0,0\n"); // 10: open quote
    text.extend_from_slice(&[b'z'; 200_000]); // 11: too long
    text.extend_from_slice(format!("\n{good}").as_bytes()); // 12: last line without an end
    let (events, bad) = read(&write(&dir, "t.csv", &text), Format::Handbook);
    assert_eq!(events.iter().map(|e| e.row).collect::<Vec<_>>(), [1, 11]);
    assert_eq!(bad.iter().map(|p| p.line).collect::<Vec<_>>(), [4, 5, 6, 7, 8, 9, 10, 11]);
    assert!(bad.iter().all(|p| !p.ends && !p.reason.is_empty()));
    assert!(bad.iter().any(|p| p.reason.contains("5 fields where the header has 7")));
}

#[test]
fn a_broken_archive_gives_what_it_has_and_says_where_it_broke() {
    let dir = TempDir::new().expect("temp");
    let mut text = format!("{HANDBOOK}\n");
    for i in 0..20_000_u32 {
        let scattered = i.wrapping_mul(2_654_435_761);
        text.push_str(&format!("{i},2018-06-17 00:00:51,{scattered},{},81.58,0,0\n", scattered % 9_973));
    }
    let whole = packed(text.as_bytes());
    let path = dir.path().join("cut.csv.gz");
    std::fs::write(&path, &whole[..whole.len() / 2]).expect("writable");
    let (good, bad) = read(&path, Format::Handbook);
    assert!(!good.is_empty() && good.len() < 20_000);
    assert!(matches!(bad.last(), Some(RowProblem { ends: true, .. })));
}

#[test]
fn a_wrong_header_says_what_it_is() {
    let dir = TempDir::new().expect("temp");
    let error = |content: &str, format| {
        let path = write(&dir, "h.csv", content.as_bytes());
        Transactions::open(&path, format, None).err().expect("refused").to_string()
    };
    assert!(error(&format!("{SPARKOV}\n"), Format::Handbook).contains("looks like sparkov"));
    assert!(error(&format!("{HANDBOOK}\n"), Format::Sparkov).contains("looks like handbook"));
    assert!(error(&format!("{CUSTOMERS}\n"), Format::Sparkov).contains("customers"));
    assert!(error("TRANSACTION_ID,TX_DATETIME\n", Format::Handbook).contains("no column CUSTOMER_ID"));
    assert!(error(&format!("{HANDBOOK},TX_AMOUNT\n"), Format::Handbook).contains("TX_AMOUNT twice"));
    assert!(error("", Format::Handbook).contains("empty"));
    assert!(error(&format!("{SPARKOV}\n"), Format::Sparkov).contains("--customers"));
    assert!(Transactions::open(&dir.path().join("none.csv"), Format::Handbook, None).is_err());
}

#[test]
fn columns_may_stand_in_any_order() {
    let dir = TempDir::new().expect("temp");
    let text = "more,TX_FRAUD_SCENARIO,TX_FRAUD,TX_AMOUNT,TERMINAL_ID,CUSTOMER_ID,TX_DATETIME,TRANSACTION_ID\n\
                x,0,0,12.00,5,6,2018-06-17 00:00:51,1\n";
    let (good, bad) = read(&write(&dir, "o.csv", text.as_bytes()), Format::Handbook);
    assert_eq!(bad, []);
    assert_eq!(good.first().map(|e| (e.customer, e.amount.minor)), Some((6, 1200)));
}

proptest! {
    #[test]
    fn no_content_panics_and_every_line_is_accounted_for(rows in prop::collection::vec("[ -~\u{80}-\u{ff}]{0,80}", 0..20)) {
        let dir = TempDir::new().expect("temp");
        let path = write(&dir, "p.csv", format!("{HANDBOOK}\n{}\n", rows.join("\n")).as_bytes());
        let (good, bad) = read(&path, Format::Handbook);
        let blank = rows.iter().filter(|r| r.trim().is_empty()).count();
        prop_assert_eq!(good.len() + bad.len() + blank, rows.len().max(1) - usize::from(rows.is_empty()));
    }
}

/// Look-alike data in the shape of the two public sets, or the sets themselves when `CARDEA_DATA` says where
/// they are: every row must pass, in time order, with labels and sane amounts.
#[test]
fn whole_files_pass() {
    let dir = TempDir::new().expect("temp");
    let (handbook, sparkov, rows_min) = match option_env!("CARDEA_DATA") {
        Some(root) => {
            let root = Path::new(root);
            (
                root.join("handbook/transactions_2018-06-17_2018-09-04.csv.gz"),
                root.join("sparkov/transactions_2024-01_2024-06.csv.gz"),
                300_000,
            )
        }
        None => (look_alike_handbook(&dir), look_alike_sparkov(&dir), 1_000),
    };
    for (path, format) in [(handbook, Format::Handbook), (sparkov, Format::Sparkov)] {
        let (mut rows, mut frauds, mut last_us) = (0_u64, 0_u64, 0_i64);
        for item in Transactions::open(&path, format, None).expect("opens") {
            let event = item.expect("a clean row");
            assert!(event.at_us >= last_us, "row {} goes back in time", event.row);
            last_us = event.at_us;
            assert_eq!(event.terminal_id.len(), 8);
            assert_eq!(event.amount.currency, format.currency());
            rows += 1;
            assert_eq!(event.row, rows);
            frauds += u64::from(event.label.is_fraud());
        }
        assert!(rows >= rows_min, "{} has {rows} rows", format.name());
        assert!(frauds * 1_000 > rows && frauds * 20 < rows, "{frauds} frauds in {rows} rows");
    }
}

fn look_alike_handbook(dir: &TempDir) -> PathBuf {
    let mut text = format!("{HANDBOOK}\n");
    for i in 0..1_500_u32 {
        let fraud = u32::from(i % 97 == 0);
        let at = format!("2018-06-17 {:02}:{:02}:{:02}", i / 60 % 24, i % 60, 7);
        let amount = format!("{}.{:02}", i % 240, i % 100);
        text.push_str(&format!("{i},{at},{},{},{amount},{fraud},{fraud}\n", i * 7 % 499, i * 13 % 997));
    }
    // 1,500 minutes are more than a day; the rest belongs to the next one.
    let text = text.lines().take(1_440).fold(String::new(), |all, line| all + line + "\n");
    write(dir, "handbook.csv.gz", text.as_bytes())
}

fn look_alike_sparkov(dir: &TempDir) -> PathBuf {
    customers(dir);
    let mut text = format!("{SPARKOV}\n");
    for i in 0..1_400_usize {
        let (category, ..) = CATEGORIES[i % CATEGORIES.len()];
        let at = format!("2024-03-01 {:02}:{:02}:00", i / 60, i % 60);
        let fraud = u8::from(i % 80 == 3);
        text.push_str(&format!(
            "{i},{at},90001112222,Shop {},{category},{}.99,42.5,-73.5,{fraud}\n",
            i % 50,
            i % 300
        ));
    }
    write(dir, "sparkov.csv.gz", text.as_bytes())
}
