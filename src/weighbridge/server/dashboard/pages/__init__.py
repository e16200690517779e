"""What each page says, a module for each: plain values from the use cases, and no markup."""
