"""What happens beside the pages: facts taken over from files, the demo town."""
