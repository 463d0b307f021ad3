"""What if: the best that a stock could do, what to buy, what each number is worth, and what happens when things change."""
