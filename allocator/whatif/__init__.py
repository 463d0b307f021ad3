"""What if: what to buy, what each number is worth, and what happens when things change."""
