//! Changes over both databases: nothing is made before it was shown, signed on a bound device, told to both contacts and
//! waited for; it is made once; a code only stops; what is undone is exactly as it was.

#![cfg(test)]

mod stage;
mod steps;
mod taken_back;
