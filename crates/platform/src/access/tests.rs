//! Sessions, keys, links and the gate, over a whole router.
