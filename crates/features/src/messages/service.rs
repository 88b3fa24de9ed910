//! Putting messages on their way, handing them to the carriers, and reading them. The only opener of transactions
//! here; whatever is sealed is sealed before one begins.

use super::error::MessageError;
use super::events;
use super::model::{Failure, Item, Message, Params, SealedLetter, Undelivered, Way};
use super::port::{CARRY_MAX, Carriers, CarryError, Letter};
use super::rules::after_failure;
use super::store::{self, DeliveryRow, MessageRow};
use crate::accounts::{Accounts, Done};
use futures_util::future::{Either, join_all, select};
use kernel::{Actor, Channel, CustomerId, DAY_US, Masked, MessageId, Secret, Timestamp};
use platform::access::Caller;
use platform::app::App;
use platform::audit::Entry;
use platform::db::{Db, DbError, Housekeeping, Write};
use platform::feature::MessageKind;
use platform::i18n::{Arg, Locale, t};
use platform::keys::{KeyError, PersonKeys};
use vault::{DataKey, Place};

/// Letters of one way that are handed over at the same time. No more are claimed, so that no lease runs while its letter
/// waits for its turn.
const LETTERS_AT_ONCE: i64 = 8;
/// How long the letter of a delivery that was given up is kept for another try.
const UNDELIVERED_KEPT_US: i64 = 7 * DAY_US;
/// How long messages are kept: five years.
const MESSAGES_KEPT_US: i64 = 5 * 365 * DAY_US;
/// Messages that are forgotten in one transaction at most; the rest goes the next day.
const FORGOTTEN_MAX: i64 = 10_000;

/// The face for commands and queries. Cheap to clone.
#[derive(Clone)]
pub struct Messages {
    app: App,
}

/// A message in its words, sealed, for [`send_in_tx`].
#[derive(Clone, Debug)]
pub struct Prepared {
    row: MessageRow,
    deliveries: Vec<DeliveryRow>,
}

impl Prepared {
    /// The message that will be.
    pub fn id(&self) -> MessageId {
        MessageId::from_raw(self.row.id)
    }

    /// To whom it goes.
    pub fn to(&self) -> CustomerId {
        CustomerId::from_raw(self.row.customer)
    }
}

/// Writes a prepared message; it leaves after the commit. Twice in one transaction are two messages.
pub async fn send_in_tx(write: &mut Write, prepared: &Prepared) -> Result<(), DbError> {
    store::insert_message_in_tx(write, &prepared.row).await?;
    for delivery in &prepared.deliveries {
        store::insert_delivery_in_tx(write, delivery).await?;
    }
    Ok(())
}

impl Messages {
    /// As the running server has them.
    pub fn of(app: &App) -> Self {
        Self { app: app.clone() }
    }

    /// Puts a message into words and seals it, before the transaction that sends it.
    ///
    /// # Errors
    /// There is no such customer, or they were erased; or a code would go where codes must not go.
    pub async fn prepare(&self, message: &Message) -> Result<Prepared, MessageError> {
        if !message.code_is_placed() {
            return Err(MessageError::CodeWay);
        }
        let (app, now) = (&self.app, self.app.now());
        let known = Accounts::of(app).customer(message.to).await?;
        let customer = known.ok_or(MessageError::Keys(KeyError::Absent(message.to)))?;
        let key = PersonKeys::of(app).key(message.to).await?;
        let id = app.ids().next(now);
        let params: Params =
            message.params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let params = serde_json::to_vec(&params).map_err(|_| MessageError::Unreadable("message"))?;
        let row = MessageRow {
            id,
            customer: message.to.raw(),
            kind: message.kind.name.to_owned(),
            params: key.seal(params_place(id), &params, &*app.random).map_err(KeyError::from)?,
            at: now.us(),
            read_at: None,
        };
        let mut deliveries = Vec::new();
        for (way, to) in message.targets(&customer.person.phone, &customer.person.email) {
            let letter = message.letter(&to, customer.person.language);
            let delivery = app.ids().next(now);
            deliveries.push(DeliveryRow {
                id: delivery,
                message: id,
                customer: message.to.raw(),
                kind: row.kind.clone(),
                way: way.word().to_owned(),
                at: now.us(),
                ends_at: message.ends_at.map(Timestamp::us),
                attempts: 0,
                letter: Some(self.seal(&key, delivery, &letter)?),
            });
        }
        Ok(Prepared { row, deliveries })
    }

    /// Puts a message on its way by itself, with an entry that says so. Where there is a change that it tells about,
    /// use [`Self::prepare`] and [`send_in_tx`] instead.
    pub async fn send(
        &self,
        message: &Message,
        (actor, channel): (Actor, Channel),
    ) -> Result<MessageId, MessageError> {
        let prepared = self.prepare(message).await?;
        let mut write = self.app.db.write().await?;
        send_in_tx(&mut write, &prepared).await?;
        let detail = serde_json::json!({ "kind": message.kind.name });
        let entry = Entry::new(actor, channel, events::SENT).subject(prepared.id()).concerns(message.to);
        write.commit(entry.detail(detail)).await?;
        Ok(prepared.id())
    }

    fn seal(&self, key: &DataKey, delivery: i64, letter: &SealedLetter) -> Result<Vec<u8>, MessageError> {
        let text = serde_json::to_vec(letter).map_err(|_| MessageError::Unreadable("letter"))?;
        let text = Secret::new(text);
        let sealed = key.seal(letter_place(delivery), text.expose(), &*self.app.random);
        Ok(sealed.map_err(KeyError::from)?)
    }

    /// Messages of an inbox before `before`, newest first, in the reader's language.
    pub(super) async fn inbox(
        &self,
        owner: CustomerId,
        locale: Locale,
        before: Option<i64>,
        rows_max: i64,
    ) -> Result<Vec<Item>, MessageError> {
        let rows = store::inbox(&self.app.db, owner, before.unwrap_or(i64::MAX), rows_max).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = PersonKeys::of(&self.app).key(owner).await?;
        rows.iter().map(|row| self.item(&key, row, locale)).collect()
    }

    /// One message of the caller's; opened for the first time, it is marked as read with an entry that says so.
    pub(super) async fn open(&self, caller: &Caller, id: MessageId) -> Result<Item, MessageError> {
        let owner = caller.customer().map_err(|_| MessageError::Absent)?;
        let row = store::message_of(&self.app.db, owner, id).await?.ok_or(MessageError::Absent)?;
        let key = PersonKeys::of(&self.app).key(owner).await?;
        let item = self.item(&key, &row, caller.locale)?;
        if item.unread {
            self.mark_read(caller, owner, Some(id)).await?;
        }
        Ok(item)
    }

    /// Marks one message, or all, as read.
    pub(super) async fn mark_read(
        &self,
        caller: &Caller,
        owner: CustomerId,
        id: Option<MessageId>,
    ) -> Result<Done, MessageError> {
        let mut write = self.app.db.write().await?;
        let count = store::mark_read_in_tx(&mut write, owner, id, self.app.now()).await?;
        if count == 0 {
            write.rollback().await?;
            return Ok(Done::AlreadyApplied);
        }
        let subject = id.map_or_else(|| owner.to_string(), |id| id.to_string());
        let entry = caller.entry(events::READ).subject(subject).concerns(owner);
        write.commit(entry.detail(serde_json::json!({ "count": count }))).await?;
        Ok(Done::Applied)
    }

    fn item(&self, key: &DataKey, row: &MessageRow, locale: Locale) -> Result<Item, MessageError> {
        let sealed = key.open(params_place(row.id), &row.params).map_err(KeyError::from)?;
        let params: Params =
            serde_json::from_slice(sealed.expose()).map_err(|_| MessageError::Unreadable("message"))?;
        let args: Vec<(&str, Arg<'_>)> =
            params.iter().map(|(name, value)| (name.as_str(), Arg::from(value))).collect();
        let kind = self.kind(&row.kind);
        let word = |key: Option<&str>| key.map_or_else(|| row.kind.clone(), |key| t(locale, key, &args));
        Ok(Item {
            id: MessageId::from_raw(row.id),
            title: word(kind.map(|kind| kind.title)),
            text: word(kind.map(|kind| kind.text)),
            at: Timestamp::from_us(row.at),
            unread: row.read_at.is_none(),
        })
    }

    /// The kind called `name`; one of a feature that is gone has none.
    pub(super) fn kind(&self, name: &str) -> Option<&'static MessageKind> {
        let mut all = self.app.features.iter().flat_map(|feature| feature.messages);
        all.find(|kind| kind.name == name).copied()
    }

    /// What was given up, before `before`, newest first.
    pub(super) async fn undelivered(
        &self,
        before: Option<i64>,
        rows_max: i64,
    ) -> Result<Vec<Undelivered>, MessageError> {
        Ok(store::undelivered(&self.app.db, before.unwrap_or(i64::MAX), rows_max).await?)
    }

    /// Lets what was given up of a message be tried again, as far as it can.
    pub(super) async fn retry(&self, caller: &Caller, id: MessageId) -> Result<Done, MessageError> {
        let mut write = self.app.db.write().await?;
        let Some(customer) = store::retry_in_tx(&mut write, id, self.app.now()).await? else {
            write.rollback().await?;
            return Ok(Done::AlreadyApplied);
        };
        write.commit(caller.entry(events::RETRIED).subject(id).concerns(customer)).await?;
        Ok(Done::Applied)
    }
}

impl Message {
    fn letter(&self, to: &Masked, language: Locale) -> SealedLetter {
        let mut args: Vec<(&str, Arg<'_>)> =
            self.params.iter().map(|(name, value)| (*name, Arg::from(value))).collect();
        let title = t(language, self.kind.title, &args);
        let text = match (&self.code, self.kind.coded) {
            (Some(code), Some(key)) => {
                args.push(("code", Arg::from(code.expose())));
                t(language, key, &args)
            }
            _ => t(language, self.kind.text, &args),
        };
        SealedLetter {
            to: to.reveal().to_owned(),
            language: language.tag().to_owned(),
            title,
            text,
            code: self.code.as_ref().map(|code| code.expose().clone()),
        }
    }
}

/// Hands over what is due by one way; returns how many letters were taken or given up. Each letter is written down as it
/// ends, so that a slow one holds up neither the marks of the others nor any other way.
///
/// # Errors
/// The database failed; letters whose end was not written down come again when their lease is over.
pub async fn relay(app: &App, way: Way) -> Result<usize, DbError> {
    let now = app.now();
    if !store::is_due(&app.db, way, now).await? {
        return Ok(0);
    }
    let mut write = app.db.write().await?;
    let claimed = store::claim_in_tx(&mut write, way, now, LETTERS_AT_ONCE).await?;
    write.housekeeping(Housekeeping::Outbox).await?;
    if claimed.is_empty() {
        return Ok(0);
    }
    let carriers = app.service::<Carriers>().unwrap_or_default();
    let tries = claimed.into_iter().map(|row| {
        let carriers = &carriers;
        async move {
            let ended = carry(app, carriers, way, &row).await;
            note(app, &row, ended).await
        }
    });
    let noted = join_all(tries).await;
    show_standing(app).await?;
    let count = noted.len();
    noted.into_iter().collect::<Result<(), DbError>>()?;
    Ok(count)
}

/// Shows what waits and what was given up, and is well again once nothing is left that only lacks a carrier.
async fn show_standing(app: &App) -> Result<(), DbError> {
    let standing = store::standing(&app.db, app.now()).await?;
    metrics::gauge!("cardea_messages_waiting").set(figure(standing.waiting));
    metrics::gauge!("cardea_messages_undelivered").set(figure(standing.undelivered));
    if standing.without_carrier == 0 {
        app.health.recovered("messages");
    }
    Ok(())
}

fn figure(count: i64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What one try came to: the letter was taken, waits until a moment, or is given up.
type Ended = Result<(), Result<Timestamp, Failure>>;

async fn carry(app: &App, carriers: &Carriers, way: Way, row: &DeliveryRow) -> Ended {
    let ends_at = row.ends_at.map(Timestamp::from_us);
    if ends_at.is_some_and(|end| end <= app.now()) {
        return Err(Err(Failure::Ended));
    }
    let Some(carrier) = carriers.get(way) else { return Err(Err(Failure::NoCarrier)) };
    let later = || Err(after_failure(row.attempts, app.now(), ends_at));
    let letter = match open(app, row, way).await {
        Ok(letter) => letter,
        Err(MessageError::Db(error) | MessageError::Keys(KeyError::Db(error))) => {
            tracing::warn!(%error, "a letter could not be read; it is tried again");
            return later();
        }
        Err(_) => return Err(Err(Failure::Unreadable)),
    };
    // A letter that is carried past its lease would be handed over by another server at the same time.
    match select(carrier.carry(&letter), app.sleep.sleep(CARRY_MAX)).await {
        Either::Left((Ok(()), _)) => Ok(()),
        Either::Left((Err(CarryError::Refused), _)) => Err(Err(Failure::Refused)),
        Either::Left((Err(CarryError::Later), _)) | Either::Right(_) => later(),
    }
}

async fn open(app: &App, row: &DeliveryRow, way: Way) -> Result<Letter, MessageError> {
    let unreadable = || MessageError::Unreadable("letter");
    let customer = CustomerId::from_raw(row.customer);
    let sealed = row.letter.as_deref().ok_or_else(unreadable)?;
    let text = PersonKeys::of(app).open(customer, letter_place(row.id), sealed).await?;
    let mut letter: SealedLetter = serde_json::from_slice(text.expose()).map_err(|_| unreadable())?;
    Ok(Letter {
        number: row.id,
        to: Masked::new(std::mem::take(&mut letter.to)),
        customer,
        way,
        kind: row.kind.clone(),
        language: Locale::from_tag(&letter.language).unwrap_or_default(),
        title: Masked::new(std::mem::take(&mut letter.title)),
        text: Masked::new(std::mem::take(&mut letter.text)),
        code: letter.code.take().map(Secret::new),
    })
}

/// Writes down what one try came to. What is given up is in the log, since a notice that never arrived matters to whoever
/// relies on it.
async fn note(app: &App, row: &DeliveryRow, ended: Ended) -> Result<(), DbError> {
    let now = app.now();
    let mut write = app.db.write().await?;
    match ended {
        Ok(()) => {
            metrics::counter!("cardea_messages_sent_total", "way" => row.way.clone()).increment(1);
            store::sent_in_tx(&mut write, row.id, now).await?;
        }
        Err(Ok(due)) => {
            metrics::counter!("cardea_messages_delayed_total", "way" => row.way.clone()).increment(1);
            store::put_off_in_tx(&mut write, row.id, due).await?;
        }
        Err(Err(failure)) => {
            let (way, why) = (row.way.clone(), failure.word());
            metrics::counter!("cardea_messages_given_up_total", "way" => way, "why" => why).increment(1);
            store::give_up_in_tx(&mut write, row.id, failure, now).await?;
            let detail = serde_json::json!({ "kind": row.kind, "way": row.way, "why": why });
            let entry = Entry::new(Actor::System, Channel::Job, events::UNDELIVERED)
                .subject(MessageId::from_raw(row.message))
                .concerns(CustomerId::from_raw(row.customer))
                .detail(detail);
            write.also(entry).await?;
            if failure == Failure::NoCarrier {
                let told = "a message has no carrier for its way: see undelivered messages at the desk";
                app.health.degraded("messages", told);
            }
        }
    }
    write.housekeeping(Housekeeping::Outbox).await
}

/// Forgets the letters of deliveries that were given up long ago, and what is older than messages are kept.
pub(super) async fn forget(app: &App) -> Result<(), DbError> {
    let now = app.now();
    let mut write = app.db.write().await?;
    store::forget_letters_in_tx(&mut write, now.plus_us(-UNDELIVERED_KEPT_US)).await?;
    store::forget_messages_in_tx(&mut write, now.plus_us(-MESSAGES_KEPT_US), FORGOTTEN_MAX).await?;
    write.housekeeping(Housekeeping::Outbox).await?;
    show_standing(app).await
}

/// How many messages of a customer nobody has opened.
pub(super) async fn unread(db: &Db, owner: CustomerId) -> Result<u64, DbError> {
    Ok(u64::try_from(store::unread(db, owner).await?).unwrap_or(0))
}

fn params_place(row: i64) -> Place<'static> {
    Place { table: "messages", row, column: "params" }
}

fn letter_place(row: i64) -> Place<'static> {
    Place { table: "message_deliveries", row, column: "letter" }
}
