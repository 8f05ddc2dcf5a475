using EmailTasks.Contracts;
using EmailTasks.Server.Http;

namespace EmailTasks.Server.Features;

/// <summary>Which slice serves which operation.</summary>
internal static class Handlers
{
    public static IReadOnlyList<Handler> All { get; } =
    [
        Handler.Of(TaskOps.List, Tasks.List.Handle),
        Handler.Of(TaskOps.Drafts, Tasks.List.Drafts),
        Handler.Of(TaskOps.Get, Tasks.Get.Handle),
        Handler.Of(TaskOps.Create, Tasks.Create.Handle),
        Handler.Of(TaskOps.Update, Tasks.Update.Handle),
        Handler.Of(TaskOps.Copy, Tasks.Copy.Handle),
        Handler.Of(TaskOps.Delete, Tasks.Delete.Handle),
        Handler.Of(RecipientOps.List, Recipients.List.Handle),
        Handler.Of(RecipientOps.Add, Recipients.Add.Handle),
        Handler.Of(RecipientOps.Update, Recipients.Update.Handle),
        Handler.Of(RecipientOps.Replace, Recipients.Add.Replace),
        Handler.Of(RecipientOps.Delete, Recipients.Delete.Handle),
        Handler.Of(ContentOps.Save, Content.Save.Handle),
        Handler.Of(ContentOps.Preview, Content.Preview.Handle),
        Handler.Of(TemplateOps.List, Templates.TemplateLibrary.List),
        Handler.Of(TemplateOps.Get, Templates.TemplateLibrary.Get),
        Handler.Of(TemplateOps.Save, Templates.TemplateLibrary.Save),
        Handler.Of(TemplateOps.Use, Templates.TemplateLibrary.Use),
        Handler.Of(TemplateOps.Delete, Templates.TemplateLibrary.Delete),
        Handler.Of(MailboxOps.ListSenders, Mailboxes.Read.Senders),
        Handler.Of(MailboxOps.UpdateSender, Mailboxes.Choose.Handle),
        Handler.Of(ProductOps.ListCards, Products.Cards.List),
        Handler.Of(ProductOps.ReplaceCards, Products.Cards.Replace),
        Handler.Of(ProductOps.DeleteCard, Products.Cards.Delete),
        Handler.Of(SendingOps.Send, Sending.Send.Handle),
        Handler.Of(SendingOps.Cancel, Sending.Cancel.Handle),
        Handler.Of(ReportOps.Report, Reports.Report.Handle),
        Handler.Of(ProductOps.List, Products.ProductCenter.List),
        Handler.Of(ProductOps.Get, Products.ProductCenter.Get),
        Handler.Of(ProductOps.Create, Products.ProductCenter.Create),
        Handler.Of(ProductOps.Update, Products.ProductCenter.Update),
        Handler.Of(ProductOps.Delete, Products.ProductCenter.Delete),
        Handler.Of(MailboxOps.List, Mailboxes.Read.List),
        Handler.Of(MailboxOps.Get, Mailboxes.Read.Get),
        Handler.Of(MailboxOps.Connect, Mailboxes.Connect.Handle),
        Handler.Of(MailboxOps.Update, Mailboxes.Update.Handle),
        Handler.Of(MailboxOps.Disconnect, Mailboxes.Control.Disconnect),
        Handler.Of(MailboxOps.Pause, Mailboxes.Control.Pause),
        Handler.Of(MailboxOps.Resume, Mailboxes.Control.Resume),
        Handler.Of(MailboxOps.Check, Mailboxes.Check.Handle),
    ];
}
