"""Who asks: logins of people in browsers and at the command line, tokens, and machines."""
