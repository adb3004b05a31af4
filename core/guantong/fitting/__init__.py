"""Whether what the mappings write and how replies are judged fits what a system's interface says it takes and gives."""
