//! Laws that hold for all policies, on random ones.
