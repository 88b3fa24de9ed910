//! Questions about the customer's last payment. The server makes them, knows the right options and compares; the agent
//! marks what the caller said. Whoever has a stolen statement answers them all, so they are a sign and open nothing: right
//! answers raise no level, wrong ones make weak proofs count for less in this call.

use super::super::error::CallError;
use super::super::events;
use super::super::model::{Call, Fact, Question};
use super::super::rules::{self, Options};
use super::super::store;
use super::Calls;
use crate::accounts::{Accounts, Done};
use crate::authorizations::{AuthorizationRow, Entry, account_state, authorization, chain_page, newest};
use crate::identity::{Proof, ProofKind};
use kernel::{AuthorizationId, CallId, Channel, Currency, CustomerId, Money, Timestamp};
use platform::access::Caller;
use platform::http::problem::Problem;
use platform::i18n::dates::Calendar;
use platform::i18n::figures::money;
use std::collections::BTreeMap;

/// Records of an account that are looked through.
const OWN_ROWS: i64 = 60;
/// Records of everybody among which other places are found.
const OTHER_ROWS: i64 = 300;

/// A question in words, as the agent reads it out.
pub(in super::super) struct Asked {
    pub(in super::super) question: Question,
    pub(in super::super) options: Vec<String>,
    /// How it was answered; `None`: not yet.
    pub(in super::super) fits: Option<bool>,
}

impl Calls {
    /// Makes the questions of a call, once: a second time leaves those that there are. `None` where the customer has not
    /// paid of late.
    pub(in super::super) async fn draw_facts(
        &self,
        caller: &Caller,
        id: CallId,
    ) -> Result<Option<Done>, CallError> {
        let call = self.live_served(caller, id).await?.call;
        let customer = call.customer().ok_or(CallError::Unknown)?;
        let drawn = self.questions(customer).await?;
        let mut write = self.app.db.write().await?;
        if !store::take_turn_in_tx(&mut write, id).await? {
            write.rollback().await?;
            return Err(CallError::Ended);
        }
        if store::has_facts_in_tx(&mut write, id).await? {
            write.rollback().await?;
            return Ok(Some(Done::AlreadyApplied));
        }
        if drawn.is_empty() {
            write.rollback().await?;
            return Ok(None);
        }
        for (question, options) in &drawn {
            store::put_fact_in_tx(&mut write, id, *question, options).await?;
        }
        let detail = serde_json::json!({ "questions": drawn.len() });
        write.commit(self.entry(caller, events::FACTS_DRAWN, &call).detail(detail)).await?;
        Ok(Some(Done::Applied))
    }

    /// Compares what the caller said with what is true. Each question is answered once.
    pub(in super::super) async fn answer_fact(
        &self,
        caller: &Caller,
        id: CallId,
        question: Question,
        option: i64,
    ) -> Result<bool, CallError> {
        let call = self.live_served(caller, id).await?.call;
        let mut write = self.app.db.write().await?;
        let Some(fits) = store::answer_fact_in_tx(&mut write, id, question, option).await? else {
            write.rollback().await?;
            return Err(CallError::FactAnswered);
        };
        if fits {
            let proof =
                Proof { kind: ProofKind::Fact, at: write.now(), channel: Channel::Phone, device: None };
            store::put_proof_in_tx(&mut write, id, &proof).await?;
        }
        let detail = serde_json::json!({ "question": question.word(), "fits": fits });
        let entry = self.entry(caller, events::FACT_ANSWERED, &call).detail(detail);
        write.commit(if fits { entry } else { entry.refused() }).await?;
        Ok(fits)
    }

    /// The questions of a call in words; which option is true stays here.
    pub(in super::super) async fn asked_facts(
        &self,
        call: &Call,
        calendar: &Calendar,
    ) -> Result<Vec<Asked>, CallError> {
        let facts = store::facts(&self.app.db, call.id).await?;
        let mut asked = Vec::with_capacity(facts.len());
        for Fact { question, options, currency, fits } in facts {
            let mut words = Vec::with_capacity(options.len());
            for option in options {
                words.push(match question {
                    Question::Place => self.place(option).await?,
                    Question::Amount => money(Money::new(option, currency)),
                    Question::Day => calendar.date(Timestamp::from_us(option)),
                });
            }
            asked.push(Asked { question, options: words, fits });
        }
        Ok(asked)
    }

    async fn place(&self, record: i64) -> Result<String, CallError> {
        let row =
            authorization(&self.app.db, AuthorizationId::from_raw(record)).await.map_err(Problem::from)?;
        Ok(row.map(|row| row.facts.site.name).unwrap_or_default())
    }

    async fn questions(&self, customer: CustomerId) -> Result<Vec<(Question, Options)>, CallError> {
        let (now, random) = (self.app.now(), &*self.app.random);
        let mut paid = Vec::new();
        for account in Accounts::of(&self.app).accounts_of(customer).await? {
            let state = account_state(&self.app.db, account.id).await.map_err(Problem::from)?;
            let Some(state) = state.filter(|state| state.head != 0) else { continue };
            let rows = chain_page(&self.app.db, state.head, OWN_ROWS).await.map_err(Problem::from)?;
            paid.extend(rows.into_iter().filter(is_payment).map(|row| (row, state.currency)));
        }
        let since = now.plus_us(-rules::FACT_AGE_US).us();
        let last = paid.iter().filter(|(row, _)| row.at >= since).max_by_key(|(row, _)| row.at);
        let Some((last, currency)) = last else { return Ok(Vec::new()) };
        let places = self.other_places(&paid).await?;
        let days: Vec<i64> = paid.iter().map(|(row, _)| row.at).collect();
        let drawn = [
            (Question::Place, rules::among(random, last.id, places, *currency)),
            (Question::Amount, rules::amounts(random, last.billing_minor, *currency)),
            (Question::Day, rules::among(random, last.at, rules::other_days(last.at, &days, now), *currency)),
        ];
        let drawn: Vec<_> = drawn.into_iter().filter_map(|(word, options)| Some((word, options?))).collect();
        // One question alone is guessed too often to be a sign of anything.
        Ok(if drawn.len() < 2 { Vec::new() } else { drawn })
    }

    /// Records of places where others paid of late and the customer did not.
    async fn other_places(&self, paid: &[(AuthorizationRow, Currency)]) -> Result<Vec<i64>, CallError> {
        let rows = newest(&self.app.db, OTHER_ROWS).await.map_err(Problem::from)?;
        let known = |name: &str| paid.iter().any(|(row, _)| row.facts.site.name == name);
        let others = rows.into_iter().filter(|row| is_payment(row) && !known(&row.facts.site.name));
        let by_name: BTreeMap<String, i64> = others.map(|row| (row.facts.site.name, row.id)).collect();
        Ok(by_name.into_values().collect())
    }
}

/// Whether its owner would call it a payment of theirs.
fn is_payment(row: &AuthorizationRow) -> bool {
    let entry = Entry { row: row.clone(), explanation: None };
    entry.is_transaction() && !entry.is_declined() && row.billing_minor > 0 && !row.facts.site.name.is_empty()
}
