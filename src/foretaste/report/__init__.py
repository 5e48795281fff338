"""Every sentence for people, pure: views of what the gate knows, and the words for them."""
