//! Every SQL statement about proofs. What joins a transaction takes it first and ends in `_in_tx`.

mod activation;
mod authenticators;
mod codes;
mod counters;
mod losses;
mod misses;
mod passwords;
mod sessions;

pub(super) use activation::{
    NewActivation, asked_since_in_tx, forget_letter_in_tx, has_activation_that_is_over, letter,
    put_activation_in_tx, stop_activation_in_tx, stop_activations_that_are_over_in_tx, usable_activation,
    use_activation_in_tx, waiting_activation,
};
pub(super) use authenticators::{
    authenticator, confirm_in_tx, put_authenticator_in_tx, remove_authenticators_in_tx, take_step_in_tx,
};
pub(super) use codes::{
    code_in_tx, forget_codes_in_tx, forget_old_in_tx, has_ended_code, put_code_in_tx, put_sends_in_tx,
    take_sends_in_tx, use_code_in_tx,
};
pub(super) use counters::{put_count_in_tx, refused_kinds, take_count_in_tx};
pub(super) use losses::{
    end_loss_in_tx, forget_losses_of_nobody_in_tx, has_loss_of_nobody_before, hold_losses_in_tx,
    losses_since_in_tx, put_loss_in_tx, unproved_losses_since_in_tx,
};
pub(super) use misses::{forget_misses_in_tx, has_miss_before, put_alarm_in_tx, put_miss_in_tx, sprays};
pub(super) use passwords::{has_password, put_password_in_tx, remove_password_in_tx, verifier_in_tx};
pub(super) use sessions::{proofs_of, proofs_of_in_tx, put_proof_in_tx};
