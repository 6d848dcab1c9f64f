"""Exchange Web Services as far as Sluse and a second, foreign client use them: stateful, and checked against Microsoft's schema."""
