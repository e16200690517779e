"""Ways to those who are told of what happens: webhooks, chats, mail; and what they were told."""
