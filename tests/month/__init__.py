"""A month of inventory in accelerated time: real SQL functions and decisions, simulated sites."""
