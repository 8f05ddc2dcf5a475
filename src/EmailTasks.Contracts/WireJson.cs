using System.Text.Json.Serialization;

namespace EmailTasks.Contracts;

/// <summary>Source-generated, strict, snake_case JSON of every wire record.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    Converters = [typeof(UtcConverter)])]
[JsonSerializable(typeof(ListTasks))]
[JsonSerializable(typeof(ListDrafts))]
[JsonSerializable(typeof(GetTask))]
[JsonSerializable(typeof(CreateTask))]
[JsonSerializable(typeof(UpdateTask))]
[JsonSerializable(typeof(CopyTask))]
[JsonSerializable(typeof(DeleteTask))]
[JsonSerializable(typeof(TaskView))]
[JsonSerializable(typeof(TaskDeleted))]
[JsonSerializable(typeof(Page<TaskView>))]
[JsonSerializable(typeof(ListRecipients))]
[JsonSerializable(typeof(AddRecipients))]
[JsonSerializable(typeof(ReplaceRecipients))]
[JsonSerializable(typeof(RecipientsAdded))]
[JsonSerializable(typeof(UpdateRecipients))]
[JsonSerializable(typeof(RecipientsUpdated))]
[JsonSerializable(typeof(DeleteRecipients))]
[JsonSerializable(typeof(RecipientsDeleted))]
[JsonSerializable(typeof(Page<RecipientView>))]
[JsonSerializable(typeof(SaveContent))]
[JsonSerializable(typeof(PreviewTask))]
[JsonSerializable(typeof(PreviewView))]
[JsonSerializable(typeof(ListTemplates))]
[JsonSerializable(typeof(GetTemplate))]
[JsonSerializable(typeof(SaveTemplate))]
[JsonSerializable(typeof(UseTemplate))]
[JsonSerializable(typeof(DeleteTemplate))]
[JsonSerializable(typeof(TemplateView))]
[JsonSerializable(typeof(TemplateDeleted))]
[JsonSerializable(typeof(Page<TemplateView>))]
[JsonSerializable(typeof(ListCards))]
[JsonSerializable(typeof(ReplaceCards))]
[JsonSerializable(typeof(DeleteCard))]
[JsonSerializable(typeof(CardsView))]
[JsonSerializable(typeof(CardDeleted))]
[JsonSerializable(typeof(ListProducts))]
[JsonSerializable(typeof(GetProduct))]
[JsonSerializable(typeof(CreateProduct))]
[JsonSerializable(typeof(UpdateProduct))]
[JsonSerializable(typeof(DeleteProduct))]
[JsonSerializable(typeof(ProductView))]
[JsonSerializable(typeof(ProductDeleted))]
[JsonSerializable(typeof(Page<ProductView>))]
[JsonSerializable(typeof(ListMailboxes))]
[JsonSerializable(typeof(GetMailbox))]
[JsonSerializable(typeof(ConnectMailbox))]
[JsonSerializable(typeof(UpdateMailbox))]
[JsonSerializable(typeof(DisconnectMailbox))]
[JsonSerializable(typeof(PauseMailbox))]
[JsonSerializable(typeof(ResumeMailbox))]
[JsonSerializable(typeof(MailboxView))]
[JsonSerializable(typeof(MailboxDeleted))]
[JsonSerializable(typeof(Page<MailboxView>))]
[JsonSerializable(typeof(CheckMailbox))]
[JsonSerializable(typeof(MailboxCheck))]
[JsonSerializable(typeof(ListSenders))]
[JsonSerializable(typeof(Page<SenderOption>))]
[JsonSerializable(typeof(UpdateSender))]
[JsonSerializable(typeof(SendTask))]
[JsonSerializable(typeof(CancelTask))]
[JsonSerializable(typeof(PlanView))]
[JsonSerializable(typeof(GetReport))]
[JsonSerializable(typeof(ReportView))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(bool))]
public sealed partial class WireJson : JsonSerializerContext
{
    private static WireJson? _readable;

    /// <summary>The same, writing non-ASCII text as it is; what every answer is written with.</summary>
    public static WireJson Readable => _readable ??= new(new(Default.Options) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
