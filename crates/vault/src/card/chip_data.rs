//! What a chip says about a payment (field 55), and what of it a cryptogram covers.
//!
//! Tags and order are those of the data that the schemes' cards sign; what else comes is ignored. The issuer
//! application data (9F10) say which version of cryptogram it is, at a place that differs by scheme.

use super::tlv::{self, Objects, TlvError};
use zeroize::Zeroizing;

const IAD_BYTES_MAX: usize = 32;

/// Whose rules a chip follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipScheme {
    /// Visa.
    Visa,
    /// Mastercard M/Chip.
    MChip,
}

/// Which data a cryptogram covers and with which session key: the schemes' CVN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CryptogramVersion {
    /// Visa CVN 10 (`0A`): the chip's own key, no session.
    Visa10,
    /// Visa CVN 18 (`12`): common session key, the whole issuer application data.
    Visa18,
    /// Visa CVN 22 (`22`): as 18, scripts under common session keys.
    Visa22,
    /// M/Chip CVN 16 (`10`): session key from counter and unpredictable number.
    MChip16,
    /// M/Chip CVN 17 (`11`): as 16, with the counters of the chip.
    MChip17,
    /// M/Chip CVN 20 (`14`): common session key.
    MChip20,
    /// M/Chip CVN 21 (`15`): as 20, with the counters of the chip.
    MChip21,
}

/// What a chip says of the issuer's commands that it was given (card verification results, in 9F10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptReport {
    /// Visa: about its last transaction only.
    Last {
        /// How many commands with a right MAC it carried out.
        done: u8,
        /// Whether one failed.
        failed: bool,
    },
    /// M/Chip: how many commands it has carried out, modulo 16.
    Count(u8),
}

/// Why field 55 can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChipDataError {
    /// It is no list of objects.
    #[error(transparent)]
    Tlv(#[from] TlvError),
    /// An object that a cryptogram needs is missing or has another length.
    #[error("tag {tag:X} of the chip data is missing or has another length")]
    Missing {
        /// Which.
        tag: u32,
    },
}

/// The objects of field 55 that matter for a cryptogram. Not to be stored.
#[derive(Clone, PartialEq, Eq)]
pub struct ChipData {
    /// 9F02: amount authorised, twelve digits.
    pub amount: [u8; 6],
    /// 9F03: other amount, twelve digits.
    pub other_amount: [u8; 6],
    /// 9F1A: country of the terminal.
    pub country: [u8; 2],
    /// 95: terminal verification results.
    pub terminal_results: [u8; 5],
    /// 5F2A: currency.
    pub currency: [u8; 2],
    /// 9A: date at the terminal, YYMMDD.
    pub date: [u8; 3],
    /// 9C: kind of transaction.
    pub kind: [u8; 1],
    /// 9F37: unpredictable number.
    pub unpredictable: [u8; 4],
    /// 82: application interchange profile.
    pub profile: [u8; 2],
    /// 9F36: transaction counter of the chip.
    pub atc: [u8; 2],
    /// 9F10: issuer application data, at most 32 bytes.
    pub issuer_data: Vec<u8>,
    /// 9F26: the cryptogram.
    pub cryptogram: [u8; 8],
    /// 9F27: what the chip means by it (bits 8 and 7: 10 asks online, 01 approved offline, 00 declined).
    pub information: Option<u8>,
    /// 5F34: sequence number of the card, 0 to 99.
    pub psn: Option<u8>,
}

impl std::fmt::Debug for ChipData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[chip data, counter {}]", self.counter())
    }
}

impl CryptogramVersion {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Visa10,
        Self::Visa18,
        Self::Visa22,
        Self::MChip16,
        Self::MChip17,
        Self::MChip20,
        Self::MChip21,
    ];

    /// The byte in the issuer application data.
    pub const fn code(self) -> u8 {
        match self {
            Self::Visa10 => 0x0A,
            Self::Visa18 => 0x12,
            Self::Visa22 => 0x22,
            Self::MChip16 => 0x10,
            Self::MChip17 => 0x11,
            Self::MChip20 => 0x14,
            Self::MChip21 => 0x15,
        }
    }

    /// Whose it is.
    pub const fn scheme(self) -> ChipScheme {
        match self {
            Self::Visa10 | Self::Visa18 | Self::Visa22 => ChipScheme::Visa,
            Self::MChip16 | Self::MChip17 | Self::MChip20 | Self::MChip21 => ChipScheme::MChip,
        }
    }
}

impl ChipData {
    /// Reads field 55.
    ///
    /// # Errors
    /// It is no list of objects, or lacks one that a cryptogram covers.
    pub fn read(field: &[u8]) -> Result<Self, ChipDataError> {
        let objects = Objects::read(field)?;
        let issuer_data = objects.get(0x9F10).filter(|data| data.len() <= IAD_BYTES_MAX);
        let psn = objects.exactly::<1>(0x5F34).map(|[bcd]| (bcd >> 4, bcd & 15));
        Ok(Self {
            amount: needed(&objects, 0x9F02)?,
            other_amount: needed(&objects, 0x9F03)?,
            country: needed(&objects, 0x9F1A)?,
            terminal_results: needed(&objects, 0x95)?,
            currency: needed(&objects, 0x5F2A)?,
            date: needed(&objects, 0x9A)?,
            kind: needed(&objects, 0x9C)?,
            unpredictable: needed(&objects, 0x9F37)?,
            profile: needed(&objects, 0x82)?,
            atc: needed(&objects, 0x9F36)?,
            issuer_data: issuer_data.ok_or(ChipDataError::Missing { tag: 0x9F10 })?.to_vec(),
            cryptogram: needed(&objects, 0x9F26)?,
            information: objects.exactly::<1>(0x9F27).map(|[byte]| byte),
            psn: psn.filter(|(tens, ones)| *tens < 10 && *ones < 10).map(|(tens, ones)| tens * 10 + ones),
        })
    }

    /// The same as field 55, as a terminal sends it.
    pub fn to_field(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(160);
        let mut add = |tag, value: &[u8]| tlv::write(tag, value, &mut out);
        add(0x9F26, &self.cryptogram);
        if let Some(information) = self.information {
            add(0x9F27, &[information]);
        }
        add(0x9F10, &self.issuer_data);
        add(0x9F37, &self.unpredictable);
        add(0x9F36, &self.atc);
        add(0x95, &self.terminal_results);
        add(0x9A, &self.date);
        add(0x9C, &self.kind);
        add(0x9F02, &self.amount);
        add(0x5F2A, &self.currency);
        add(0x82, &self.profile);
        add(0x9F1A, &self.country);
        add(0x9F03, &self.other_amount);
        if let Some(psn) = self.psn {
            add(0x5F34, &[psn / 10 % 10 * 16 + psn % 10]);
        }
        out
    }

    /// The transaction counter of the chip.
    pub const fn counter(&self) -> u16 {
        u16::from_be_bytes(self.atc)
    }

    /// The amount authorised, in minor units of its currency; `None` if it is not twelve decimal digits.
    pub fn amount_minor(&self) -> Option<i64> {
        let halves = self.amount.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        halves.map(i64::from).try_fold(0, |sum: i64, digit| (digit < 10).then_some(sum * 10 + digit))
    }

    /// Whether the amount authorised is this one. Tips and deposits are other payments with amounts of their own.
    pub fn is_about(&self, minor: i64, currency: u16) -> bool {
        let [high, low] = self.currency;
        let digits = [high >> 4, high & 15, low >> 4, low & 15];
        let own = digits.into_iter().fold(0, |number, digit| number * 10 + u16::from(digit));
        self.amount_minor() == Some(minor) && digits.iter().all(|digit| *digit < 10) && own == currency
    }

    /// What the chip says of commands that it was given; `None` where its data end before it.
    pub fn scripts(&self, scheme: ChipScheme) -> Option<ScriptReport> {
        match scheme {
            // Length and keys, version, then four bytes of results; in format 2 the same bytes in another order.
            ChipScheme::Visa => self
                .issuer_data
                .get(6)
                .map(|results| ScriptReport::Last { done: results >> 4, failed: results & 0x08 != 0 }),
            // Key and version, then six bytes of results.
            ChipScheme::MChip => self.issuer_data.get(4).map(|results| ScriptReport::Count(results >> 4)),
        }
    }

    /// The version of the cryptogram, by the rules of `scheme`; `None` for one that is not known.
    pub fn version(&self, scheme: ChipScheme) -> Option<CryptogramVersion> {
        let mut of_scheme = CryptogramVersion::ALL.into_iter().filter(|version| version.scheme() == scheme);
        of_scheme.find(|version| self.says(*version))
    }

    /// Whether the issuer application data name this version. Visa's format 2 begins with its length `1F` and
    /// has the version second; the other formats have it third. M/Chip has it second.
    fn says(&self, version: CryptogramVersion) -> bool {
        let at = match (version, self.issuer_data.first()) {
            (CryptogramVersion::Visa22, Some(0x1F)) => 1,
            (version, _) if version.scheme() == ChipScheme::Visa => 2,
            _ => 1,
        };
        self.issuer_data.get(at) == Some(&version.code())
    }

    /// What a cryptogram of this version covers; `None` where the issuer application data name another version or
    /// are too short for it.
    pub(super) fn covered(&self, version: CryptogramVersion) -> Option<Zeroizing<Vec<u8>>> {
        let issuer = &self.issuer_data;
        let own = match version {
            _ if !self.says(version) => None,
            CryptogramVersion::Visa10 => issuer.get(3..7),
            CryptogramVersion::Visa18 | CryptogramVersion::Visa22 => issuer.get(..),
            CryptogramVersion::MChip16 | CryptogramVersion::MChip20 => issuer.get(2..8),
            CryptogramVersion::MChip17 | CryptogramVersion::MChip21 => issuer.get(2..8),
        }?;
        let counters = match version {
            CryptogramVersion::MChip17 | CryptogramVersion::MChip21 => {
                issuer.get(10..18).and(issuer.get(10..))?
            }
            _ => &[],
        };
        let mut data = Zeroizing::new(Vec::with_capacity(80));
        let parts: [&[u8]; 12] = [
            &self.amount,
            &self.other_amount,
            &self.country,
            &self.terminal_results,
            &self.currency,
            &self.date,
            &self.kind,
            &self.unpredictable,
            &self.profile,
            &self.atc,
            own,
            counters,
        ];
        parts.iter().for_each(|part| data.extend_from_slice(part));
        Some(data)
    }
}

fn needed<const N: usize>(objects: &Objects<'_>, tag: u32) -> Result<[u8; N], ChipDataError> {
    objects.exactly(tag).ok_or(ChipDataError::Missing { tag })
}

/// The objects of an answer's field 55: issuer authentication data (tag 91), and script commands (inside tag 72, to
/// be done after the payment), each as far as there is any.
pub fn answer_field(authentication: &[u8], commands: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    if !authentication.is_empty() {
        tlv::write(0x91, authentication, &mut out);
    }
    if !commands.is_empty() {
        let mut script = Vec::with_capacity(48);
        commands.iter().for_each(|command| tlv::write(0x86, command, &mut script));
        tlv::write(0x72, &script, &mut out);
    }
    out
}
