"""How fast it is: fixed cases, what they are held against, and the dated figures."""
