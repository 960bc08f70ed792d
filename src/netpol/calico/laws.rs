//! Laws that hold for all policies of Calico, on random ones.

mod selectors;
