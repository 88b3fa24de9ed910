//! The two block ciphers of card keys, with what the trade builds on them: check values and retail MAC.
//!
//! Triple DES is what card schemes still define for most of this; AES is for PIN blocks of format 4 and key
//! blocks of version D. Schedules are computed once a key and overwritten when it is dropped.

use aes::{Aes128, Aes192, Aes256};
use cmac::{Cmac, Mac, digest::InnerInit};
use des::{
    Des, TdesEde3,
    cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit},
};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

/// Bytes of a block of triple DES.
pub(crate) const DES_BLOCK: usize = 8;
/// Bytes of a block of AES.
pub(crate) const AES_BLOCK: usize = 16;
/// Bytes of the check value by which a key is recognised.
pub(crate) const CHECK_BYTES: usize = 3;

/// A triple DES key of two or three parts, ready for use.
#[derive(Clone)]
pub(crate) struct TripleDes {
    bytes: Zeroizing<Vec<u8>>,
    triple: TdesEde3,
    first: Des,
    last: Des,
}

/// An AES key of 16, 24 or 32 bytes, ready for use.
#[derive(Clone)]
pub(crate) struct AesKey {
    bytes: Zeroizing<Vec<u8>>,
    cipher: AnyAes,
}

#[derive(Clone)]
enum AnyAes {
    Of128(Box<Aes128>),
    Of192(Box<Aes192>),
    Of256(Box<Aes256>),
}

impl TripleDes {
    /// The key of these 16 or 24 bytes; `None` for another length.
    pub(crate) fn try_new(bytes: &[u8]) -> Option<Self> {
        let (parts, []) = bytes.as_chunks::<DES_BLOCK>() else { return None };
        let (first, last) = match parts {
            [first, second] | [first, second, _] => (first, parts.get(2).map_or(second, |_| second)),
            _ => return None,
        };
        let mut whole = Zeroizing::new([0; 3 * DES_BLOCK]);
        // Two parts are the first, the second, and the first again.
        whole.iter_mut().zip(bytes.iter().chain(first)).for_each(|(to, from)| *to = *from);
        Some(Self {
            triple: TdesEde3::new((&*whole).into()),
            first: Des::new(first.into()),
            last: Des::new(last.into()),
            bytes: Zeroizing::new(bytes.to_vec()),
        })
    }

    /// The double-length key of these 16 bytes.
    pub(crate) fn double(bytes: &[u8; 2 * DES_BLOCK]) -> Self {
        let (first, last) = halves(bytes);
        let mut whole = Zeroizing::new([0; 3 * DES_BLOCK]);
        whole.iter_mut().zip(bytes.iter().chain(first.iter())).for_each(|(to, from)| *to = *from);
        Self {
            triple: TdesEde3::new((&*whole).into()),
            first: Des::new((&*first).into()),
            last: Des::new((&*last).into()),
            bytes: Zeroizing::new(bytes.to_vec()),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Neighbouring parts that are equal cancel each other: what is left is single DES.
    pub(crate) fn is_weak(&self) -> bool {
        let (parts, _) = self.bytes.as_chunks::<DES_BLOCK>();
        let pairs = parts.iter().zip(parts.iter().skip(1));
        pairs.map(|(one, next)| one.ct_eq(next)).fold(Choice::from(0), |any, equal| any | equal).into()
    }

    pub(crate) fn encrypt(&self, block: [u8; DES_BLOCK]) -> [u8; DES_BLOCK] {
        let mut block = block.into();
        self.triple.encrypt_block(&mut block);
        block.into()
    }

    pub(crate) fn decrypt(&self, block: [u8; DES_BLOCK]) -> [u8; DES_BLOCK] {
        let mut block = block.into();
        self.triple.decrypt_block(&mut block);
        block.into()
    }

    /// Single DES under the first part.
    pub(crate) fn encrypt_first(&self, block: [u8; DES_BLOCK]) -> [u8; DES_BLOCK] {
        let mut block = block.into();
        self.first.encrypt_block(&mut block);
        block.into()
    }

    /// ISO/IEC 9797-1 algorithm 3 (retail MAC): CBC under the first part, then through the last and the first again.
    /// Bytes that don't fill a block are left out: pad first.
    pub(crate) fn retail_mac(&self, padded: &[u8]) -> [u8; DES_BLOCK] {
        let (blocks, _) = padded.as_chunks::<DES_BLOCK>();
        let chained = blocks.iter().fold([0; DES_BLOCK], |mac, block| self.encrypt_first(xor(mac, *block)));
        let mut last = chained.into();
        self.last.decrypt_block(&mut last);
        self.first.encrypt_block(&mut last);
        last.into()
    }

    /// CMAC (NIST SP 800-38B) over `parts`, one after the other.
    pub(crate) fn cmac(&self, parts: &[&[u8]]) -> [u8; DES_BLOCK] {
        cmac_of(Cmac::<TdesEde3>::inner_init(self.triple.clone()), parts)
    }

    /// The check value of the trade: the first bytes of a block of zeros encrypted.
    pub(crate) fn check_value(&self) -> [u8; CHECK_BYTES] {
        let [a, b, c, ..] = self.encrypt([0; DES_BLOCK]);
        [a, b, c]
    }
}

impl AesKey {
    /// The key of these 16, 24 or 32 bytes; `None` for another length.
    pub(crate) fn try_new(bytes: &[u8]) -> Option<Self> {
        let cipher = match bytes.len() {
            16 => AnyAes::Of128(Box::new(Aes128::new_from_slice(bytes).ok()?)),
            24 => AnyAes::Of192(Box::new(Aes192::new_from_slice(bytes).ok()?)),
            32 => AnyAes::Of256(Box::new(Aes256::new_from_slice(bytes).ok()?)),
            _ => return None,
        };
        Some(Self { bytes: Zeroizing::new(bytes.to_vec()), cipher })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn encrypt(&self, block: [u8; AES_BLOCK]) -> [u8; AES_BLOCK] {
        let mut block = block.into();
        match &self.cipher {
            AnyAes::Of128(cipher) => cipher.encrypt_block(&mut block),
            AnyAes::Of192(cipher) => cipher.encrypt_block(&mut block),
            AnyAes::Of256(cipher) => cipher.encrypt_block(&mut block),
        }
        block.into()
    }

    pub(crate) fn decrypt(&self, block: [u8; AES_BLOCK]) -> [u8; AES_BLOCK] {
        let mut block = block.into();
        match &self.cipher {
            AnyAes::Of128(cipher) => cipher.decrypt_block(&mut block),
            AnyAes::Of192(cipher) => cipher.decrypt_block(&mut block),
            AnyAes::Of256(cipher) => cipher.decrypt_block(&mut block),
        }
        block.into()
    }

    /// CMAC (NIST SP 800-38B) over `parts`, one after the other.
    pub(crate) fn cmac(&self, parts: &[&[u8]]) -> [u8; AES_BLOCK] {
        match &self.cipher {
            AnyAes::Of128(cipher) => cmac_of(Cmac::<Aes128>::inner_init((**cipher).clone()), parts),
            AnyAes::Of192(cipher) => cmac_of(Cmac::<Aes192>::inner_init((**cipher).clone()), parts),
            AnyAes::Of256(cipher) => cmac_of(Cmac::<Aes256>::inner_init((**cipher).clone()), parts),
        }
    }

    /// The check value of the trade for AES (ANSI X9.24-1): the first bytes of the CMAC of a block of zeros.
    pub(crate) fn check_value(&self) -> [u8; CHECK_BYTES] {
        let [a, b, c, ..] = self.cmac(&[&[0; AES_BLOCK]]);
        [a, b, c]
    }
}

/// Exclusive or, byte by byte.
pub(crate) fn xor<const N: usize>(mut one: [u8; N], other: [u8; N]) -> [u8; N] {
    one.iter_mut().zip(other).for_each(|(to, from)| *to ^= from);
    one
}

/// Half-bytes, two to a byte; what is missing is zero.
pub(crate) fn packed<const N: usize>(mut halves: impl Iterator<Item = u8>) -> [u8; N] {
    std::array::from_fn(|_| {
        let high = halves.next().unwrap_or(0);
        (high << 4) | halves.next().unwrap_or(0)
    })
}

/// Zeros up to a whole block (ISO/IEC 9797-1 method 1).
pub(crate) fn pad_zeros(mut data: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let blocks = data.len().div_ceil(DES_BLOCK).max(1);
    data.resize(blocks * DES_BLOCK, 0);
    data
}

/// A bit, then zeros up to a whole block (ISO/IEC 9797-1 method 2).
pub(crate) fn pad_bit(mut data: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    data.push(0x80);
    pad_zeros(data)
}

/// Encrypts whole blocks in CBC mode, in place.
pub(crate) fn cbc_encrypt<const N: usize>(
    blocks: &mut [[u8; N]],
    first: [u8; N],
    encrypt: impl Fn([u8; N]) -> [u8; N],
) {
    let mut before = first;
    for block in blocks {
        before = encrypt(xor(*block, before));
        *block = before;
    }
}

/// Decrypts whole blocks in CBC mode, in place.
pub(crate) fn cbc_decrypt<const N: usize>(
    blocks: &mut [[u8; N]],
    first: [u8; N],
    decrypt: impl Fn([u8; N]) -> [u8; N],
) {
    let mut before = first;
    for block in blocks {
        let sealed = *block;
        *block = xor(decrypt(sealed), before);
        before = sealed;
    }
}

fn cmac_of<M: Mac, const N: usize>(mut mac: M, parts: &[&[u8]]) -> [u8; N] {
    for part in parts {
        mac.update(part);
    }
    let mut value = [0; N];
    value.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
    value
}

fn halves(bytes: &[u8; 2 * DES_BLOCK]) -> (Zeroizing<[u8; DES_BLOCK]>, Zeroizing<[u8; DES_BLOCK]>) {
    let (mut first, mut last) = (Zeroizing::new([0; DES_BLOCK]), Zeroizing::new([0; DES_BLOCK]));
    let all = first.iter_mut().chain(last.iter_mut());
    all.zip(bytes).for_each(|(to, from)| *to = *from);
    (first, last)
}
