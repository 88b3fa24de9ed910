use crate::audit::tiles::{Folder, Piece, bundle, unbundle};
use proptest::prelude::*;
use std::io::ErrorKind;

fn piece(level: Option<u32>, index: u64, width: u64) -> Piece {
    Piece { level, index, width }
}

#[test]
fn addresses_are_those_of_the_specification() {
    for (piece, path) in [
        (piece(Some(0), 1_234_067, 256), "tile/0/x001/x234/067"),
        (piece(Some(5), 0, 256), "tile/5/000"),
        (piece(Some(0), 273, 112), "tile/0/273.p/112"),
        (piece(None, 1_000, 7), "tile/entries/x001/000.p/7"),
    ] {
        assert_eq!(piece.path(), path);
        let (level, rest) = path.strip_prefix("tile/").unwrap().split_once('/').unwrap();
        assert_eq!(Piece::parse(level, rest), Some(piece));
    }
    for (level, rest) in [
        ("0", "1"),
        ("0", "x001/1"),
        ("0", "001/002"),
        ("0", "../x"),
        ("0", "001.p/0"),
        ("0", "001.p/256"),
        ("0", "001.p/07"),
        ("64", "001"),
        ("-1", "001"),
        ("00", "001"),
        ("entries", "x000/001"),
        ("other", "001"),
    ] {
        assert_eq!(Piece::parse(level, rest), None, "{level}/{rest}");
    }
}

#[test]
fn the_edge_of_the_specifications_example() {
    // A tree of 70,000: 273 full tiles, one of 112; one full tile of level 1, one of 17; one of level 2 of 1.
    assert_eq!(Piece::holding(Some(0), 69_999, 70_000), piece(Some(0), 273, 112));
    assert_eq!(Piece::holding(Some(0), 0, 70_000), piece(Some(0), 0, 256));
    assert_eq!(Piece::holding(Some(1), 272, 70_000), piece(Some(1), 1, 17));
    assert_eq!(Piece::holding(Some(2), 0, 70_000), piece(Some(2), 0, 1));
}

#[test]
fn what_was_published_does_not_change() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path().to_owned());
    folder.put(piece(Some(0), 3, 2), &[1; 64]).unwrap();
    folder.put(piece(Some(0), 3, 2), &[1; 64]).unwrap();
    let refused = folder.put(piece(Some(0), 3, 2), &[2; 64]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
    assert_eq!(folder.read(piece(Some(0), 3, 2)).unwrap(), [1; 64]);
    folder.put(piece(Some(0), 3, 256), &[7; 8_192]).unwrap();
    assert_eq!(folder.read(piece(Some(0), 3, 2)).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(folder.tile(0, 3 * 256, 3 * 256 + 2).unwrap(), [[7; 32]; 2], "the full tile stands in");
    folder.put(piece(Some(0), 4, 2), &[1; 63]).unwrap();
    assert_eq!(folder.tile(0, 4 * 256, 4 * 256 + 2).unwrap_err().kind(), ErrorKind::InvalidData);
    let too_long = bundle(&[vec![0; 65_536]]).unwrap_err();
    assert_eq!(too_long.kind(), ErrorKind::InvalidData);
}

proptest! {
    #[test]
    fn a_bundle_gives_back_its_entries(entries in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..70), 0..20)) {
        let bytes = bundle(&entries).unwrap();
        prop_assert_eq!(unbundle(&bytes), Some(entries));
        if !bytes.is_empty() {
            prop_assert_ne!(unbundle(&bytes[..bytes.len() - 1]), unbundle(&bytes));
        }
    }
}
