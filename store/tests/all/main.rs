//! The store as its users meet it: profiles go in, reports come out, whatever happens meanwhile and whoever keeps the tables.

mod conformance;
mod damage;
mod engines;
mod made;
mod reports;
mod traces;
mod traps;
