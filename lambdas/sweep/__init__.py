"""The sweep: looks hourly whether every file that came in has become something, as no event says that an event got lost."""
