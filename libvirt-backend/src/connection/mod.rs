//! One actor per connection, its threads, and what keeps them apart.

mod rates;
mod sampler;
