//! The sentences of all features, merged and checked at start.

use super::Locale;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// The Fluent texts that one feature brings, one per language.
#[derive(Clone, Copy, Debug)]
pub struct FeatureTexts {
    /// Whose they are, for messages about mistakes.
    pub feature: &'static str,
    /// Simplified Chinese.
    pub zh_hans: &'static str,
    /// Traditional Chinese.
    pub zh_hant: &'static str,
    /// English.
    pub en: &'static str,
}

impl FeatureTexts {
    /// From pairs of language tag and Fluent text; a language that is not among them has no sentences,
    /// which [`Catalogue::gaps`] tells.
    pub fn from_pairs(feature: &'static str, pairs: &[(&'static str, &'static str)]) -> Self {
        let text =
            |locale: Locale| pairs.iter().find(|(tag, _)| *tag == locale.tag()).map_or("", |(_, text)| *text);
        Self { feature, zh_hans: text(Locale::ZhHans), zh_hant: text(Locale::ZhHant), en: text(Locale::En) }
    }

    const fn in_locale(&self, locale: Locale) -> &'static str {
        match locale {
            Locale::ZhHans => self.zh_hans,
            Locale::ZhHant => self.zh_hant,
            Locale::En => self.en,
        }
    }
}

/// What stands in a sentence's `{ $name }`.
#[derive(Clone, Debug)]
pub enum Arg<'a> {
    /// Text, put in as it is.
    Text(std::borrow::Cow<'a, str>),
    /// A count: chooses the plural form and is written grouped by three.
    Count(i64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text.as_str().into())
    }
}

impl From<String> for Arg<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for Arg<'_> {
    fn from(count: i64) -> Self {
        Self::Count(count)
    }
}

impl From<u64> for Arg<'_> {
    fn from(count: u64) -> Self {
        Self::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Arg<'_> {
    fn from(count: usize) -> Self {
        Self::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// Why the texts can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// A text does not follow Fluent's grammar.
    #[error("{feature}, {locale}: not a Fluent text: {reason}")]
    Malformed {
        /// Whose text.
        feature: &'static str,
        /// In which language.
        locale: &'static str,
        /// What the parser said.
        reason: String,
    },
    /// Two features use one key, or one feature uses it twice.
    #[error("{feature}, {locale}: the key {key} is taken; begin keys with the feature's name")]
    Duplicate {
        /// The later one.
        feature: &'static str,
        /// In which language.
        locale: &'static str,
        /// The key.
        key: String,
    },
}

/// A key that one language has and another lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The language that lacks it.
    pub locale: Locale,
    /// The key.
    pub key: String,
}

/// All sentences, in all languages.
pub struct Catalogue {
    zh_hans: FluentBundle<FluentResource>,
    zh_hant: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
    keys: BTreeMap<Locale, BTreeSet<String>>,
    misses: AtomicU64,
}

impl Catalogue {
    /// Merges the texts.
    ///
    /// # Errors
    /// The first text that is malformed, or the first key that is there twice.
    pub fn try_new(texts: &[FeatureTexts]) -> Result<Self, CatalogueError> {
        let mut keys = BTreeMap::new();
        let mut load = |locale| -> Result<_, CatalogueError> {
            let (bundle, found) = merged(locale, texts)?;
            keys.insert(locale, found);
            Ok(bundle)
        };
        let (zh_hans, zh_hant, en) = (load(Locale::ZhHans)?, load(Locale::ZhHant)?, load(Locale::En)?);
        Ok(Self { zh_hans, zh_hant, en, keys, misses: AtomicU64::new(0) })
    }

    /// The sentence `key` in `locale`. A key that no language has is returned itself.
    pub fn text(&self, locale: Locale, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        let chain: &[Locale] = match locale {
            Locale::ZhHans => &[Locale::ZhHans, Locale::En],
            Locale::ZhHant => &[Locale::ZhHant, Locale::ZhHans, Locale::En],
            Locale::En => &[Locale::En],
        };
        for (step, candidate) in chain.iter().enumerate() {
            if let Some(text) = self.formatted(*candidate, key, args) {
                if step > 0 {
                    self.count_miss(locale);
                }
                return text;
            }
        }
        self.count_miss(locale);
        key.to_owned()
    }

    /// How often a sentence was not there in the language asked for.
    pub fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }

    /// Every key that some language has and another lacks, in order.
    pub fn gaps(&self) -> Vec<Gap> {
        let all: BTreeSet<&String> = self.keys.values().flatten().collect();
        let mut gaps = Vec::new();
        for locale in Locale::ALL {
            let Some(found) = self.keys.get(&locale) else { continue };
            let missing = all.iter().filter(|key| !found.contains(**key));
            gaps.extend(missing.map(|key| Gap { locale, key: (*key).clone() }));
        }
        gaps
    }

    /// Whether any language has `key`.
    pub fn has(&self, key: &str) -> bool {
        self.keys.values().any(|keys| keys.contains(key))
    }

    fn formatted(&self, locale: Locale, key: &str, args: &[(&str, Arg<'_>)]) -> Option<String> {
        let bundle = match locale {
            Locale::ZhHans => &self.zh_hans,
            Locale::ZhHant => &self.zh_hant,
            Locale::En => &self.en,
        };
        let pattern = bundle.get_message(key)?.value()?;
        let mut fluent = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            match value {
                Arg::Text(text) => fluent.set(*name, text.as_ref()),
                Arg::Count(count) => fluent.set(*name, *count),
            }
        }
        // What is missing stays visible in the sentence as {$name}; the rest of it is still of use.
        let mut errors = Vec::new();
        Some(bundle.format_pattern(pattern, Some(&fluent), &mut errors).into_owned())
    }

    fn count_miss(&self, locale: Locale) {
        self.misses.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("cardea_i18n_missing_total", "locale" => locale.tag()).increment(1);
    }
}

/// The keys that a Fluent text defines: a message begins at the start of a line with its name and `=`.
/// Terms (`-name`), comments and attributes don't begin so.
fn defined(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let (name, _) = line.split_once('=')?;
        let name = name.trim_end();
        let named = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
        (begins && name.chars().all(named)).then_some(name)
    })
}

type Merged = (FluentBundle<FluentResource>, BTreeSet<String>);

fn merged(locale: Locale, texts: &[FeatureTexts]) -> Result<Merged, CatalogueError> {
    let language = locale.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // All our languages run from left to right, and the marks that isolate would end up in copied text.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(|value, _| match value {
        FluentValue::Number(number) if number.value.fract() == 0.0 => {
            Some(super::figures::grouped_float(number.value, 0))
        }
        _ => None,
    }));
    let mut keys = BTreeSet::new();
    for text in texts {
        let (feature, locale) = (text.feature, locale);
        let resource =
            FluentResource::try_new(text.in_locale(locale).to_owned()).map_err(|(_, errors)| {
                let reason = errors.first().map(ToString::to_string).unwrap_or_default();
                CatalogueError::Malformed { feature, locale: locale.tag(), reason }
            })?;
        for key in defined(text.in_locale(locale)) {
            if !keys.insert(key.to_owned()) {
                let key = key.to_owned();
                return Err(CatalogueError::Duplicate { feature, locale: locale.tag(), key });
            }
        }
        bundle.add_resource(resource).map_err(|errors| {
            let key = errors.first().map(ToString::to_string).unwrap_or_default();
            CatalogueError::Duplicate { feature, locale: locale.tag(), key }
        })?;
    }
    Ok((bundle, keys))
}

static INSTALLED: OnceLock<Catalogue> = OnceLock::new();

/// Makes `catalogue` the one that [`t`] asks. The first one stays; `false` if there was one already.
pub fn install(catalogue: Catalogue) -> bool {
    INSTALLED.set(catalogue).is_ok()
}

/// The installed catalogue; before one is installed, the shell's own sentences.
pub fn catalogue() -> &'static Catalogue {
    static SHELL_ONLY: OnceLock<Catalogue> = OnceLock::new();
    INSTALLED.get().unwrap_or_else(|| {
        SHELL_ONLY.get_or_init(|| Catalogue::try_new(&[super::SHELL_TEXTS]).unwrap_or_else(|_| empty()))
    })
}

fn empty() -> Catalogue {
    let bundle = || FluentBundle::new_concurrent(Vec::new());
    Catalogue {
        zh_hans: bundle(),
        zh_hant: bundle(),
        en: bundle(),
        keys: BTreeMap::new(),
        misses: AtomicU64::new(0),
    }
}

/// The sentence `key` in `locale`, with `args` put in.
pub fn t(locale: Locale, key: &str, args: &[(&str, Arg<'_>)]) -> String {
    catalogue().text(locale, key, args)
}
